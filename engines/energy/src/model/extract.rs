//! From column values to a plan that holds exactly: flows are cleaned, contents recomputed, import and export follow
//! from the balance.

use super::{AssetCols, Exclusive, SiteCols, Solved};
use crate::problem::*;
use highs::Col;

/// Below this a power is nothing, kW.
const TINY: f64 = 1e-7;

impl Solved {
    /// The plan that the values mean, and the steps in which opposite flows could not be resolved by netting.
    pub(crate) fn plan(&self, problem: &Problem, values: &[f64]) -> (Plan, Exclusive) {
        let mut cheats = Exclusive::default();
        let sites = problem.sites.iter().zip(&self.sites).enumerate();
        let sites = sites.map(|(s, (site, cols))| site_plan(problem, s, site, cols, values, &mut cheats)).collect();
        (Plan { sites }, cheats)
    }
}

fn clean(value: f64, most: f64) -> f64 {
    if value < TINY { 0.0 } else { value.min(most) }
}

fn site_plan(
    problem: &Problem,
    s: usize,
    site: &Site,
    cols: &SiteCols,
    values: &[f64],
    cheats: &mut Exclusive,
) -> SitePlan {
    let assets = site.assets.iter().zip(&cols.assets).map(|(a, c)| asset_plan(problem, a, c, values)).collect();
    let mut part = SitePlan { id: site.id.clone(), assets, ..SitePlan::default() };
    for (i, asset) in site.assets.iter().enumerate() {
        if let AssetKind::Battery(b) = &asset.kind {
            net_battery(problem, s, site, i, b, &mut part, cheats);
        }
    }
    settle(problem, site, &mut part);
    part
}

fn asset_plan(problem: &Problem, asset: &Asset, cols: &AssetCols, values: &[f64]) -> AssetPlan {
    let steps = problem.steps;
    let at = |col: &Col, most: f64| clean(values[col.index()], most);
    let mut part = AssetPlan::of(&asset.id);
    match (&asset.kind, cols) {
        (AssetKind::Load { demand_kw }, _) => part.power_kw = Some(demand_kw.clone()),
        (AssetKind::Pv { available_kw, .. }, AssetCols::Pv(used)) => {
            part.used_kw = Some(used.iter().zip(available_kw).map(|(c, kw)| at(c, *kw)).collect());
        }
        (AssetKind::Pv { available_kw, .. }, _) => part.used_kw = Some(available_kw.clone()),
        (AssetKind::Battery(b), AssetCols::Battery { charge, discharge }) => {
            part.charge_kw = Some(charge.iter().map(|c| at(c, b.charge_max_kw)).collect());
            part.discharge_kw = Some(discharge.iter().map(|c| at(c, b.discharge_max_kw)).collect());
        }
        (AssetKind::Ev(e), AssetCols::Ev { power }) => {
            let mut series = vec![0.0; steps];
            for (t, col) in (e.arrive_step..e.depart_step).zip(power) {
                series[t] = at(col, e.charge_max_kw);
            }
            part.power_kw = Some(series);
        }
        (AssetKind::Generator(g), AssetCols::Generator { power, on }) => {
            let power: Vec<f64> = power.iter().map(|c| at(c, g.power_max_kw)).collect();
            let state: Vec<bool> = match on {
                Some(on) => on.iter().map(|c| values[c.index()] > 0.5).collect(),
                None => power.iter().map(|kw| *kw > 0.0).collect(),
            };
            part.power_kw = Some(power.into_iter().zip(&state).map(|(kw, on)| if *on { kw } else { 0.0 }).collect());
            part.on = Some(state);
        }
        (AssetKind::Job(j), AssetCols::Job(job)) => match job.start(values) {
            Some(start) => place_job(&mut part, j, start, steps),
            None => part.power_kw = Some(vec![0.0; steps]),
        },
        (AssetKind::HeatSource(x), AssetCols::Heat(power)) => {
            part.power_kw = Some(power.iter().map(|c| at(c, x.power_max_kw)).collect());
        }
        _ => {}
    }
    part
}

/// Writes a job's start and profile.
pub(crate) fn place_job(part: &mut AssetPlan, job: &Job, start: usize, steps: usize) {
    let mut series = vec![0.0; steps];
    for (k, kw) in job.profile_kw.iter().enumerate().filter(|(k, _)| start + k < steps) {
        series[start + k] = *kw;
    }
    part.start_step = Some(start);
    part.power_kw = Some(series);
}

/// Charging and discharging at once is replaced by the one flow with the same effect on the content. That leaves
/// power over, which must find a use: less import, less solar power used, or more export.
fn net_battery(
    problem: &Problem,
    s: usize,
    site: &Site,
    i: usize,
    b: &Battery,
    part: &mut SitePlan,
    cheats: &mut Exclusive,
) {
    for t in 0..problem.steps {
        let (c, d) = (series(&part.assets[i].charge_kw, t), series(&part.assets[i].discharge_kw, t));
        if c <= 0.0 || d <= 0.0 {
            continue;
        }
        let into = b.eta_charge * c - d / b.eta_discharge;
        let (charge, discharge) = if into >= 0.0 { (into / b.eta_charge, 0.0) } else { (0.0, -into * b.eta_discharge) };
        let over = (discharge - charge) - (d - c);
        let before: f64 = site.assets.iter().zip(&part.assets).map(|(a, p)| p.injection_kw(&a.kind, t)).sum();
        set(&mut part.assets[i].charge_kw, t, charge);
        set(&mut part.assets[i].discharge_kw, t, discharge);
        let (_, sell) = super::prices(problem, site, t);
        // Power over lowers the import first; what would have to be exported at a loss or above the limit is a cheat.
        let exported = (before + over).max(0.0);
        let more_export = exported - before.max(0.0);
        let room = exported <= site.grid.export_max_kw + TINY || has_curtailable(site);
        if c.min(d) > 1e-5 && more_export > TINY && (!room || sell < 0.0) {
            cheats.battery.insert((s, i, t));
        }
    }
}

fn has_curtailable(site: &Site) -> bool {
    site.assets.iter().any(|a| matches!(a.kind, AssetKind::Pv { curtailable: true, .. }))
}

fn series(values: &Option<Vec<f64>>, t: usize) -> f64 {
    values.as_ref().and_then(|v| v.get(t)).copied().unwrap_or(0.0)
}

fn set(values: &mut Option<Vec<f64>>, t: usize, value: f64) {
    if let Some(v) = values.as_mut().and_then(|v| v.get_mut(t)) {
        *v = value;
    }
}

/// Fills in what follows from the flows: curtailed power, contents, import and export.
pub(crate) fn settle(problem: &Problem, site: &Site, part: &mut SitePlan) {
    let (h, steps) = (problem.step_hours, problem.steps);
    (part.import_kw, part.export_kw) = (vec![0.0; steps], vec![0.0; steps]);
    for t in 0..steps {
        let mut given: f64 = site.assets.iter().zip(&part.assets).map(|(a, p)| p.injection_kw(&a.kind, t)).sum();
        let mut over = given - site.grid.export_max_kw;
        for (asset, p) in site.assets.iter().zip(&mut part.assets) {
            if over > 0.0 && matches!(asset.kind, AssetKind::Pv { curtailable: true, .. }) {
                let used = series(&p.used_kw, t);
                let less = over.min(used);
                set(&mut p.used_kw, t, used - less);
                (over, given) = (over - less, given - less);
            }
        }
        part.import_kw[t] = clean(-given, f64::INFINITY);
        part.export_kw[t] = clean(given, f64::INFINITY);
    }
    for (i, asset) in site.assets.iter().enumerate() {
        match &asset.kind {
            AssetKind::Pv { available_kw, .. } => {
                let used = part.assets[i].used_kw.clone().unwrap_or_default();
                let left = available_kw.iter().zip(&used).map(|(a, u)| clean(a - u, f64::INFINITY)).collect();
                part.assets[i].curtailed_kw = Some(left);
            }
            AssetKind::Battery(b) => {
                let mut soc = b.soc_initial_kwh;
                let p = &mut part.assets[i];
                let flow =
                    |t| h * (b.eta_charge * series(&p.charge_kw, t) - series(&p.discharge_kw, t) / b.eta_discharge);
                let contents = (0..steps).map(|t| {
                    soc += flow(t);
                    soc
                });
                p.soc_kwh = Some(contents.collect());
            }
            AssetKind::ThermalStorage(tank) => {
                part.assets[i].soc_kwh = Some(contents(problem, site, part, asset, tank));
            }
            _ => {}
        }
    }
}

/// A tank's content at the end of each step, kWh.
fn contents(problem: &Problem, site: &Site, part: &SitePlan, asset: &Asset, tank: &ThermalStorage) -> Vec<f64> {
    let (h, keep) = (problem.step_hours, tank.keep(problem.step_hours));
    let mut content = tank.initial_kwh;
    let heat = |t: usize| -> f64 {
        let sources = site.assets.iter().zip(&part.assets);
        let heats = sources.filter_map(|(a, p)| match &a.kind {
            AssetKind::HeatSource(x) if x.tank == asset.id => Some(x.heat_per_kwh[t] * series(&p.power_kw, t)),
            _ => None,
        });
        heats.sum()
    };
    (0..problem.steps)
        .map(|t| {
            content = keep * content + h * (heat(t) - tank.demand_kw_th[t]);
            content
        })
        .collect()
}
