//! A stored site over a time as a dispatch problem.
//!
//! Assets go by their names, so that what cannot be met is told in the user's words. A vehicle or job of every day
//! stands once a day; a charging session that the plan's end cuts needs its share of the time inside; a job whose
//! window began before the plan is not planned again.

use super::{
    calendar, prices, request,
    stored::{Grid, Quantity, Stored},
};
use crate::check::minutes;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use nqba_contracts::energy::{Asset, AssetSpec, NewOptimization, ObjectiveKind, Price};
use nqba_core::{Error, Result};
use nqba_engine_energy as engine;
use sea_orm::ConnectionTrait;
use std::collections::HashMap;

/// A problem, and what tells its result to people.
#[derive(Debug, Clone)]
pub(crate) struct Built {
    pub(crate) problem: engine::Problem,
    /// By the problem's asset id: the id on the wire.
    pub(crate) ids: HashMap<String, String>,
    pub(crate) filled: u64,
    pub(crate) carbon_known: bool,
}

/// Builds the problem of a request whose defaults are filled in.
pub(crate) async fn build(db: &impl ConnectionTrait, stored: &Stored, request: &NewOptimization) -> Result<Built> {
    let grid = request::grid(stored, request);
    let steps = usize::try_from((grid.to - grid.from) / grid.step_s).unwrap_or_default();
    let mut filled = 0;
    let import = price(db, stored, Some(&stored.tariff.import), grid, &mut filled).await?;
    let export = price(db, stored, stored.tariff.export.as_ref(), grid, &mut filled).await?;
    let carbon = stored.site.carbon_kg_per_kwh;
    let peak = match request.peak_so_far_kw {
        Some(kw) => kw,
        None => charged_anyhow(db, stored, grid).await?,
    };
    let mut assets =
        Assets { stored, request, grid, steps, found: Vec::new(), ids: HashMap::new(), days: HashMap::new() };
    for asset in &stored.assets {
        assets.add(db, asset, &mut filled).await?;
    }
    let precedences = assets.precedences();
    let Assets { found, ids, .. } = assets;
    let site = engine::Site {
        id: stored.site.name.clone(),
        grid: engine::Grid {
            import_max_kw: stored.site.import_max_kw,
            export_max_kw: stored.site.export_max_kw,
            import_price_per_kwh: import,
            export_price_per_kwh: export,
            demand_charge_per_kw: stored.tariff.demand_charge_per_kw_month,
            peak_so_far_kw: peak,
            carbon_kg_per_kwh: vec![carbon.unwrap_or_default(); steps],
        },
        assets: found,
    };
    let problem = engine::Problem {
        step_hours: grid.step_s as f64 / 3_600.0,
        steps,
        objective: objective(request),
        mip_rel_gap: request.mip_rel_gap.unwrap_or(request::GAP),
        time_limit_s: request.time_limit_s.unwrap_or(request::TIME_LIMIT_S),
        sites: vec![site],
        precedences,
        shared_import_max_kw: None,
    };
    Ok(Built { problem, ids, filled, carbon_known: carbon.is_some() })
}

fn objective(request: &NewOptimization) -> engine::Objective {
    match request.objective.unwrap_or(ObjectiveKind::Cost) {
        ObjectiveKind::Cost => engine::Objective::Cost,
        ObjectiveKind::Carbon => engine::Objective::Carbon,
        ObjectiveKind::CostPlusCarbon => {
            engine::Objective::CostPlusCarbon { carbon_price_per_kg: request.carbon_price_per_kg.unwrap_or_default() }
        }
    }
}

/// A price by step; zero where there is none.
async fn price(
    db: &impl ConnectionTrait,
    stored: &Stored,
    price: Option<&Price>,
    grid: Grid,
    filled: &mut u64,
) -> Result<Vec<f64>> {
    let starts = (grid.from..grid.to).step_by(usize::try_from(grid.step_s).unwrap_or(1));
    match price {
        None => Ok(starts.map(|_| 0.0).collect()),
        Some(Price::Flat { price_per_kwh }) => Ok(starts.map(|_| *price_per_kwh).collect()),
        Some(Price::TimeOfUse { default_price_per_kwh, windows }) => {
            let at = |t| DateTime::from_timestamp(t, 0).unwrap_or_default();
            Ok(starts.map(|t| prices::time_of_use(*default_price_per_kwh, windows, stored.zone, at(t))).collect())
        }
        Some(Price::Dynamic { channel, factor, adder_per_kwh }) => {
            let user = format!("the tariff {}", stored.tariff.name);
            let found = stored.on_grid(db, (channel, Quantity::Price, &user), grid).await?;
            *filled += found.filled;
            Ok(found.values.iter().map(|p| p * factor + adder_per_kwh).collect())
        }
    }
}

/// The highest import that the month is charged for anyhow, without control: load minus solar, step by step, where both
/// were measured, in the plan's local month outside the plan; if none of that was measured, in the month before. With
/// nothing to go by, a plan would hold the first day of a month to a peak that the next days pass. Zero where demand is
/// not charged.
async fn charged_anyhow(db: &impl ConnectionTrait, stored: &Stored, grid: Grid) -> Result<f64> {
    if stored.tariff.demand_charge_per_kw_month <= 0.0 {
        return Ok(0.0);
    }
    let start = DateTime::from_timestamp(grid.from, 0).unwrap_or_default();
    let first = calendar::day(stored.zone, start).with_day(1).unwrap_or_default();
    let next = calendar::later(first, 31).with_day(1).unwrap_or_default();
    let before = calendar::earlier(first, 1).with_day(1).unwrap_or_default();
    let at = |date| calendar::midnight(stored.zone, date).timestamp();
    for parts in [[(at(first), grid.from), (grid.to, at(next))], [(at(before), at(first)), (0, 0)]] {
        let mut highest = None;
        for (from, to) in parts {
            highest =
                highest.into_iter().chain(highest_import(db, stored, from, to, grid.step_s).await?).reduce(f64::max);
        }
        if let Some(kw) = highest {
            return Ok(kw.max(0.0));
        }
    }
    Ok(0.0)
}

/// The highest load minus solar between two times, kW; none where nothing was measured.
async fn highest_import(
    db: &impl ConnectionTrait,
    stored: &Stored,
    from: i64,
    to: i64,
    step_s: i64,
) -> Result<Option<f64>> {
    let from = from.div_euclid(step_s) * step_s;
    let mut net = vec![0.0; usize::try_from((to - from) / step_s).unwrap_or_default()];
    if net.is_empty() {
        return Ok(None);
    }
    for asset in &stored.assets {
        let (channel, sign) = match &asset.spec {
            AssetSpec::Load { channel } => (channel, 1.0),
            AssetSpec::Pv { channel, .. } => (channel, -1.0),
            _ => continue,
        };
        let (row, factor) = stored.channel(channel, Quantity::Power, &asset.name)?;
        let own_from = from.div_euclid(row.step_s) * row.step_s;
        let values = crate::app::readings::slots(db, row, own_from, to).await?;
        let values = super::series::resample(&values, own_from, row.step_s, from, to, step_s);
        net.iter_mut().zip(values).for_each(|(n, v)| *n += sign * factor * v);
    }
    Ok(net.into_iter().filter(|kw| !kw.is_nan()).reduce(f64::max))
}

struct Assets<'a> {
    stored: &'a Stored,
    request: &'a NewOptimization,
    grid: Grid,
    steps: usize,
    found: Vec<engine::Asset>,
    ids: HashMap<String, String>,
    /// By name and local day of a job: its id in the problem.
    days: HashMap<(String, NaiveDate), String>,
}

impl Assets<'_> {
    async fn add(&mut self, db: &impl ConnectionTrait, asset: &Asset, filled: &mut u64) -> Result<()> {
        let mut power = async |channel: &str| {
            let found = self.stored.on_grid(db, (channel, Quantity::Power, &asset.name), self.grid).await?;
            *filled += found.filled;
            Ok::<_, Error>(found.values)
        };
        let kind = match &asset.spec {
            AssetSpec::Load { channel } => {
                let demand_kw = power(channel).await?;
                self.no_negative(asset, channel, &demand_kw)?;
                engine::AssetKind::Load { demand_kw }
            }
            AssetSpec::Pv { channel, curtailable, .. } => {
                // A meter tells an inverter's own small use at night as negative; that is no generation.
                let available_kw = power(channel).await?.into_iter().map(|v| v.max(0.0)).collect();
                engine::AssetKind::Pv { available_kw, curtailable: *curtailable }
            }
            AssetSpec::ThermalStorage { capacity_kwh, loss_per_hour, demand_channel } => {
                let demand_kw_th = power(demand_channel).await?;
                self.no_negative(asset, demand_channel, &demand_kw_th)?;
                let initial_kwh = self.soc_ratio(&asset.name) * capacity_kwh;
                engine::AssetKind::ThermalStorage(engine::ThermalStorage {
                    capacity_kwh: *capacity_kwh,
                    initial_kwh,
                    final_op: engine::FinalOp::AtLeast,
                    final_kwh: initial_kwh,
                    loss_per_hour: *loss_per_hour,
                    demand_kw_th,
                })
            }
            AssetSpec::Ev { .. } => return self.vehicle(asset),
            AssetSpec::Job { .. } => return self.job(asset),
            AssetSpec::Battery { .. } | AssetSpec::Generator { .. } | AssetSpec::HeatSource { .. } => {
                let Some(kind) = self.without_series(asset) else { return Ok(()) };
                kind
            }
        };
        self.push(asset, None, kind);
        Ok(())
    }

    fn push(&mut self, asset: &Asset, day: Option<NaiveDate>, kind: engine::AssetKind) -> String {
        let (name, id) = match day {
            None => (asset.name.clone(), asset.id.to_string()),
            Some(d) => (format!("{} ({})", asset.name, d.format("%-d %b")), format!("{}/{d}", asset.id)),
        };
        self.ids.insert(name.clone(), id);
        self.found.push(engine::Asset { id: name.clone(), kind });
        name
    }

    fn no_negative(&self, asset: &Asset, channel: &str, values: &[f64]) -> Result<()> {
        let Some(k) = values.iter().position(|v| *v < 0.0) else { return Ok(()) };
        let t = DateTime::from_timestamp(self.grid.from + k as i64 * self.grid.step_s, 0).unwrap_or_default();
        let text = format!(
            "{} needs consumption, and the channel `{channel}` is {} kW at {}.",
            asset.name,
            values[k],
            t.with_timezone(&self.stored.zone).format("%Y-%m-%d %H:%M")
        );
        Err(Error::invalid("/start", "negative_readings", text))
    }

    fn soc_ratio(&self, name: &str) -> f64 {
        self.request.initial_soc_ratio.get(name).copied().unwrap_or(0.5)
    }

    /// What is known of an asset without any series; none for the kinds that need one, or stand once a day.
    fn without_series(&self, asset: &Asset) -> Option<engine::AssetKind> {
        let steps_of = |min: u32| usize::try_from((60 * i64::from(min) + self.grid.step_s - 1) / self.grid.step_s);
        match asset.spec {
            AssetSpec::Battery {
                charge_max_kw,
                discharge_max_kw,
                soc_min_kwh,
                soc_max_kwh,
                eta_charge,
                eta_discharge,
                wear_cost_per_kwh_discharged,
            } => {
                let soc = soc_min_kwh + self.soc_ratio(&asset.name) * (soc_max_kwh - soc_min_kwh);
                Some(engine::AssetKind::Battery(engine::Battery {
                    charge_max_kw,
                    discharge_max_kw,
                    soc_min_kwh,
                    soc_max_kwh,
                    eta_charge,
                    eta_discharge,
                    soc_initial_kwh: soc,
                    soc_final_op: engine::FinalOp::AtLeast,
                    soc_final_kwh: soc,
                    wear_cost_per_kwh_discharged,
                }))
            }
            AssetSpec::Generator {
                power_min_kw,
                power_max_kw,
                fuel_cost_per_kwh,
                start_cost,
                min_up_minutes,
                min_down_minutes,
                carbon_kg_per_kwh,
            } => Some(engine::AssetKind::Generator(engine::Generator {
                power_min_kw,
                power_max_kw,
                fuel_cost_per_kwh,
                start_cost,
                min_up_steps: steps_of(min_up_minutes).unwrap_or_default(),
                min_down_steps: steps_of(min_down_minutes).unwrap_or_default(),
                initial_on: false,
                initial_off_steps: None,
                carbon_kg_per_kwh,
            })),
            AssetSpec::HeatSource { power_max_kw, cop, ref tank } => {
                let heat_per_kwh = vec![cop; self.steps];
                Some(engine::AssetKind::HeatSource(engine::HeatSource {
                    power_max_kw,
                    heat_per_kwh,
                    tank: tank.clone(),
                }))
            }
            _ => None,
        }
    }

    /// Whole steps inside a window: the first that begins in it, and the first after.
    fn steps_between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> (i64, i64) {
        let step = self.grid.step_s;
        let (from, to) = (from.timestamp() - self.grid.from, to.timestamp() - self.grid.from);
        ((from + step - 1).div_euclid(step), to.div_euclid(step))
    }

    fn windows(&self, from: &str, to: &str) -> Vec<(NaiveDate, i64, i64)> {
        let at = |t| DateTime::from_timestamp(t, 0).unwrap_or_default();
        let (from, to) = (minutes(from).unwrap_or(0), minutes(to).unwrap_or(0));
        let found = calendar::windows(self.stored.zone, from, to, at(self.grid.from), at(self.grid.to));
        let steps = |(date, a, b): (NaiveDate, _, _)| {
            let (a, b) = self.steps_between(a, b);
            (date, a, b)
        };
        found.into_iter().map(steps).collect()
    }

    fn vehicle(&mut self, asset: &Asset) -> Result<()> {
        let AssetSpec::Ev { arrive_time, depart_time, charge_max_kw, charge_min_kw, eta_charge, energy_required_kwh } =
            &asset.spec
        else {
            return Ok(());
        };
        let steps = self.steps as i64;
        let sessions: Vec<_> = self
            .windows(arrive_time, depart_time)
            .into_iter()
            .filter(|(_, a, b)| (*b).min(steps) > (*a).max(0))
            .collect();
        for (date, arrive, depart) in &sessions {
            let (from, to) = ((*arrive).max(0), (*depart).min(steps));
            let share = (to - from) as f64 / (depart - arrive).max(1) as f64;
            let ev = engine::Ev {
                arrive_step: usize::try_from(from).unwrap_or_default(),
                depart_step: usize::try_from(to).unwrap_or_default(),
                charge_max_kw: *charge_max_kw,
                charge_min_kw: *charge_min_kw,
                eta_charge: *eta_charge,
                energy_required_kwh: energy_required_kwh * share,
            };
            self.push(asset, (sessions.len() > 1).then_some(*date), engine::AssetKind::Ev(ev));
        }
        Ok(())
    }

    fn job(&mut self, asset: &Asset) -> Result<()> {
        let AssetSpec::Job { profile_kw, earliest_start_time, latest_end_time, .. } = &asset.spec else {
            return Ok(());
        };
        let (steps, length) = (self.steps as i64, profile_kw.len() as i64);
        let mut runs = Vec::new();
        for (date, earliest, latest) in self.windows(earliest_start_time, latest_end_time) {
            if latest - earliest < length {
                let text = format!(
                    "{} takes {length} steps of {} s; its window {earliest_start_time} to {latest_end_time} is shorter.",
                    asset.name, self.grid.step_s
                );
                return Err(Error::invalid("/site_id", "window_too_short", text));
            }
            // Begun before the plan: planned before. Cut by its end until it no longer fits: planned after.
            if earliest >= 0 && latest.min(steps) - earliest >= length {
                runs.push((date, earliest, latest.min(steps)));
            }
        }
        let several = runs.len() > 1;
        for (date, earliest, latest) in runs {
            let job = engine::Job {
                profile_kw: profile_kw.clone(),
                earliest_start_step: usize::try_from(earliest).unwrap_or_default(),
                latest_end_step: usize::try_from(latest).unwrap_or_default(),
            };
            let id = self.push(asset, several.then_some(date), engine::AssetKind::Job(job));
            self.days.insert((asset.name.clone(), date), id);
        }
        Ok(())
    }

    /// A job waits for the other's run of the same day.
    fn precedences(&self) -> Vec<engine::Precedence> {
        let mut found = Vec::new();
        for asset in &self.stored.assets {
            let AssetSpec::Job { after: Some(first), .. } = &asset.spec else { continue };
            for ((name, date), id) in &self.days {
                if name != &asset.name {
                    continue;
                }
                if let Some(before) = self.days.get(&(first.clone(), *date)) {
                    found.push(engine::Precedence { before: before.clone(), after: id.clone(), min_gap_steps: 0 });
                }
            }
        }
        found.sort_by(|a, b| (&a.after, &a.before).cmp(&(&b.after, &b.before)));
        found
    }
}
