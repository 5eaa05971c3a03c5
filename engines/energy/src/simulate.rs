//! Runs a site by rules, step by step: what happens without an optimiser.

use crate::{model::place_job, problem::*};

/// When vehicles charge and jobs run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shift {
    /// As soon as they can.
    Earliest,
    /// In the cheapest steps of their window.
    Cheapest,
}

/// How batteries run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Store {
    /// Not at all.
    Idle,
    /// Charge from surplus, discharge into deficit.
    SelfUse,
    /// Charge at or below the low price, discharge into deficit at or above the high one, and take surplus always.
    Price {
        /// Per kWh.
        low: f64,
        /// Per kWh.
        high: f64,
    },
    /// Keep the import below a peak: discharge above it, charge below it.
    Peak {
        /// kW.
        kw: f64,
    },
}

/// A rule: how everything that can be moved is moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rule {
    pub(crate) shift: Shift,
    pub(crate) store: Store,
}

/// The plan of one site under a rule.
pub(crate) fn site(problem: &Problem, site: &Site, rule: Rule) -> SitePlan {
    let mut part = SitePlan { id: site.id.clone(), ..SitePlan::default() };
    part.assets = site.assets.iter().map(|a| fixed(problem, site, a, rule.shift)).collect();
    jobs(problem, site, rule.shift, &mut part);
    heat(problem, site, &mut part);
    // What the site lacks (positive) or has over, before batteries and generators.
    let mut net: Vec<f64> = (0..problem.steps)
        .map(|t| -site.assets.iter().zip(&part.assets).map(|(a, p)| p.injection_kw(&a.kind, t)).sum::<f64>())
        .collect();
    for (i, asset) in site.assets.iter().enumerate() {
        if let AssetKind::Battery(b) = &asset.kind {
            battery(problem, site, b, rule.store, &mut part.assets[i], &mut net);
        }
    }
    for (i, asset) in site.assets.iter().enumerate() {
        if let AssetKind::Generator(g) = &asset.kind {
            generator(problem, site, g, &mut part.assets[i], &mut net);
        }
    }
    curtail_at_a_loss(problem, site, &mut part, &net);
    crate::model::settle(problem, site, &mut part);
    part
}

fn fixed(problem: &Problem, site: &Site, asset: &Asset, shift: Shift) -> AssetPlan {
    let mut part = AssetPlan::of(&asset.id);
    let zeros = || Some(vec![0.0; problem.steps]);
    match &asset.kind {
        AssetKind::Load { demand_kw } => part.power_kw = Some(demand_kw.clone()),
        AssetKind::Pv { available_kw, .. } => part.used_kw = Some(available_kw.clone()),
        AssetKind::Battery(_) => (part.charge_kw, part.discharge_kw) = (zeros(), zeros()),
        AssetKind::Generator(_) => (part.power_kw, part.on) = (zeros(), Some(vec![false; problem.steps])),
        AssetKind::Ev(e) => part.power_kw = Some(ev(problem, site, e, shift)),
        AssetKind::Job(_) | AssetKind::HeatSource(_) => part.power_kw = zeros(),
        AssetKind::ThermalStorage(_) => {}
    }
    part
}

/// Full power in the chosen steps; the last chosen one takes the rest, at least the minimum power.
fn ev(problem: &Problem, site: &Site, e: &Ev, shift: Shift) -> Vec<f64> {
    let mut steps: Vec<usize> = (e.arrive_step..e.depart_step).collect();
    if shift == Shift::Cheapest {
        steps.sort_by(|a, b| site.grid.import_price_per_kwh[*a].total_cmp(&site.grid.import_price_per_kwh[*b]));
    }
    let mut power = vec![0.0; problem.steps];
    let mut left = e.energy_required_kwh / (e.eta_charge * problem.step_hours);
    let mut last = None;
    for t in steps {
        if left <= 1e-12 {
            break;
        }
        let mut kw = left.min(e.charge_max_kw);
        if kw < e.charge_min_kw {
            // Too little for the charger: the step before gives some of its power up.
            if let Some(before) = last {
                let more: f64 = e.charge_min_kw - kw;
                power[before] -= more;
                kw += more;
            }
        }
        power[t] = kw;
        left -= kw.min(left);
        last = Some(t);
    }
    power
}

/// Each job after those it waits for; the cheapest start by what its profile costs.
fn jobs(problem: &Problem, site: &Site, shift: Shift, part: &mut SitePlan) {
    let mut open: Vec<usize> =
        (0..site.assets.len()).filter(|i| matches!(site.assets[*i].kind, AssetKind::Job(_))).collect();
    while !open.is_empty() {
        let waits = |i: &usize| {
            let befores = problem.precedences.iter().filter(|p| p.after == site.assets[*i].id);
            befores.map(|p| &p.before).any(|id| open.iter().any(|o| site.assets[*o].id == *id))
        };
        // A circle was refused by the validation; without it one job is always free.
        let Some(next) = open.iter().position(|i| !waits(i)) else { return };
        let i = open.remove(next);
        let AssetKind::Job(job) = &site.assets[i].kind else { continue };
        let earliest = problem.precedences.iter().filter(|p| p.after == site.assets[i].id).filter_map(|p| {
            let before = site.assets.iter().position(|a| a.id == p.before)?;
            let AssetKind::Job(b) = &site.assets[before].kind else { return None };
            Some(part.assets[before].start_step? + b.profile_kw.len() + p.min_gap_steps)
        });
        let earliest = earliest.fold(job.earliest_start_step, usize::max).min(job.latest_start_step());
        let cost = |s: usize| -> f64 {
            job.profile_kw.iter().enumerate().map(|(k, kw)| kw * site.grid.import_price_per_kwh[s + k]).sum()
        };
        let start = match shift {
            Shift::Earliest => earliest,
            Shift::Cheapest => {
                (earliest..=job.latest_start_step()).min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap_or(earliest)
            }
        };
        place_job(&mut part.assets[i], job, start, problem.steps);
    }
}

/// A thermostat: the sources hold each tank at the content it started with, or at what it must end with if that is more.
fn heat(problem: &Problem, site: &Site, part: &mut SitePlan) {
    let h = problem.step_hours;
    for tank_asset in &site.assets {
        let AssetKind::ThermalStorage(tank) = &tank_asset.kind else { continue };
        let (keep, level) = (tank.keep(h), tank.initial_kwh);
        let mut content = tank.initial_kwh;
        for t in 0..problem.steps {
            let target = if t + 1 == problem.steps { tank.final_kwh.max(0.0) } else { level };
            let mut need = ((target - keep * content) / h + tank.demand_kw_th[t]).max(0.0);
            let mut given = 0.0;
            for (i, asset) in site.assets.iter().enumerate() {
                let AssetKind::HeatSource(x) = &asset.kind else { continue };
                if x.tank != tank_asset.id || x.heat_per_kwh[t] <= 0.0 {
                    continue;
                }
                let kw = (need / x.heat_per_kwh[t]).min(x.power_max_kw);
                if let Some(series) = part.assets[i].power_kw.as_mut() {
                    series[t] = kw;
                }
                given += kw * x.heat_per_kwh[t];
                need -= kw * x.heat_per_kwh[t];
            }
            content = keep * content + h * (given - tank.demand_kw_th[t]);
        }
    }
}

/// One battery by its rule, within its limits and the connection's, steered so that it ends as it must.
fn battery(problem: &Problem, site: &Site, b: &Battery, store: Store, part: &mut AssetPlan, net: &mut [f64]) {
    let h = problem.step_hours;
    let mut soc = b.soc_initial_kwh;
    for t in 0..problem.steps {
        let wish = match store {
            Store::Idle => 0.0,
            Store::SelfUse => -net[t],
            Store::Price { low, high } => {
                let price = site.grid.import_price_per_kwh[t];
                if net[t] < 0.0 {
                    -net[t]
                } else if price <= low {
                    b.charge_max_kw
                } else if price >= high {
                    -net[t]
                } else {
                    0.0
                }
            }
            Store::Peak { kw } => kw - net[t],
        };
        // The content after this step must leave the end within reach.
        let after = (problem.steps - 1 - t) as f64 * h;
        let least = b.soc_final_kwh - after * b.charge_max_kw * b.eta_charge;
        let most = match b.soc_final_op {
            FinalOp::Equal => b.soc_final_kwh + after * b.discharge_max_kw / b.eta_discharge,
            FinalOp::AtLeast => f64::INFINITY,
        };
        let (least, most) = (least.max(b.soc_min_kwh), most.min(b.soc_max_kwh));
        let mut flow = wish.clamp(-b.discharge_max_kw, b.charge_max_kw);
        flow = flow.min(site.grid.import_max_kw - net[t]).max(-net[t] - site.grid.export_max_kw);
        let reached = |kw: f64| soc + h * if kw >= 0.0 { kw * b.eta_charge } else { kw / b.eta_discharge };
        let toward = |content: f64| {
            let gap = (content - soc) / h;
            if gap >= 0.0 { gap / b.eta_charge } else { gap * b.eta_discharge }
        };
        if reached(flow) < least {
            flow = toward(least).min(b.charge_max_kw);
        } else if reached(flow) > most {
            flow = toward(most).max(-b.discharge_max_kw);
        }
        soc = reached(flow).clamp(b.soc_min_kwh, b.soc_max_kwh);
        if let (Some(c), Some(d)) = (part.charge_kw.as_mut(), part.discharge_kw.as_mut()) {
            (c[t], d[t]) = (flow.max(0.0), (-flow).max(0.0));
        }
        net[t] += flow;
    }
}

/// Runs only when the connection alone does not carry the site, with its minimum times kept.
fn generator(problem: &Problem, site: &Site, g: &Generator, part: &mut AssetPlan, net: &mut [f64]) {
    let steps = problem.steps;
    let held = g.held_off_steps();
    let mut on: Vec<bool> = (0..steps).map(|t| t >= held && net[t] > site.grid.import_max_kw).collect();
    let gap = g.min_down_steps;
    let up = g.min_up_steps;
    let mut t = 0;
    while t < steps {
        if on[t] {
            on.iter_mut().skip(t).take(up.max(1)).for_each(|o| *o = true);
            while t < steps && on[t] {
                t += 1;
            }
            // Off for less than it must be: it stays on until the next need.
            if let Some(next) = (t..steps.min(t + gap)).find(|k| on[*k]) {
                on.iter_mut().take(next).skip(t).for_each(|o| *o = true);
                t = next;
            }
        } else {
            t += 1;
        }
    }
    let power = (0..steps).map(|t| {
        if !on[t] {
            return 0.0;
        }
        let kw = (net[t] - site.grid.import_max_kw).clamp(g.power_min_kw, g.power_max_kw);
        net[t] -= kw;
        kw
    });
    part.power_kw = Some(power.collect());
    part.on = Some(on);
}

/// Where an exported kWh costs money, solar power that may be curtailed is.
fn curtail_at_a_loss(problem: &Problem, site: &Site, part: &mut SitePlan, net: &[f64]) {
    for (t, lacking) in net.iter().enumerate() {
        let mut over = -lacking;
        if over <= 0.0 || crate::model::prices(problem, site, t).1 >= 0.0 {
            continue;
        }
        for (asset, p) in site.assets.iter().zip(&mut part.assets) {
            if let (AssetKind::Pv { curtailable: true, .. }, Some(used)) = (&asset.kind, p.used_kw.as_mut()) {
                let less = over.min(used[t]);
                used[t] -= less;
                over -= less;
            }
        }
    }
}
