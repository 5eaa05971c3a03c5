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
        /// Import that charging may not pass and that discharging holds where it can, kW.
        cap_kw: f64,
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
    /// Whether batteries end with no more than they must: what is left over at the end is paid for and worth nothing.
    pub(crate) end_pinned: bool,
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
            battery(problem, site, b, rule, &mut part.assets[i], &mut net);
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

/// Full power in the chosen steps, as few as will do; the last ones take less where they must to stay at the minimum.
fn ev(problem: &Problem, site: &Site, e: &Ev, shift: Shift) -> Vec<f64> {
    let mut steps: Vec<usize> = (e.arrive_step..e.depart_step).collect();
    if shift == Shift::Cheapest {
        steps.sort_by(|a, b| site.grid.import_price_per_kwh[*a].total_cmp(&site.grid.import_price_per_kwh[*b]));
    }
    let mut power = vec![0.0; problem.steps];
    let mut left = e.energy_required_kwh / (e.eta_charge * problem.step_hours);
    if left <= 1e-9 || e.charge_max_kw <= 0.0 {
        return power;
    }
    let count = (left / e.charge_max_kw - 1e-9).ceil().max(1.0) as usize;
    for (k, t) in steps.into_iter().take(count).enumerate() {
        // What the steps that follow need at least stays for them.
        let kept = e.charge_min_kw * (count - 1 - k) as f64;
        power[t] = (left - kept).max(e.charge_min_kw).min(e.charge_max_kw);
        left -= power[t];
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

/// Heat when it is needed: the sources give what the demand takes beyond the content, and earlier only what they could
/// not give in time later.
fn heat(problem: &Problem, site: &Site, part: &mut SitePlan) {
    let h = problem.step_hours;
    for tank_asset in &site.assets {
        let AssetKind::ThermalStorage(tank) = &tank_asset.kind else { continue };
        let keep = tank.keep(h);
        let sources: Vec<(usize, &HeatSource)> = site
            .assets
            .iter()
            .enumerate()
            .filter_map(|(i, a)| match &a.kind {
                AssetKind::HeatSource(x) if x.tank == tank_asset.id => Some((i, x)),
                _ => None,
            })
            .collect();
        let most = |t: usize| sources.iter().map(|(_, x)| x.power_max_kw * x.heat_per_kwh[t]).sum::<f64>();
        // The least content after each step from which everything later can still be met.
        let mut needed = vec![tank.final_kwh; problem.steps];
        for t in (1..problem.steps).rev() {
            let before = needed[t] + h * (tank.demand_kw_th[t] - most(t));
            needed[t - 1] = if before <= 0.0 { 0.0 } else { (before / keep.max(1e-9)).min(tank.capacity_kwh) };
        }
        let mut content = tank.initial_kwh;
        for (t, target) in needed.iter().enumerate() {
            let mut need = ((target - keep * content) / h + tank.demand_kw_th[t]).max(0.0);
            content = keep * content - h * tank.demand_kw_th[t];
            for (i, x) in sources.iter().filter(|(_, x)| x.heat_per_kwh[t] > 0.0) {
                let kw = (need / x.heat_per_kwh[t]).min(x.power_max_kw);
                if let Some(series) = part.assets[*i].power_kw.as_mut() {
                    series[t] = kw;
                }
                content += h * kw * x.heat_per_kwh[t];
                need -= kw * x.heat_per_kwh[t];
            }
        }
    }
}

/// Contents after each step between which the end can still be reached, given what the connection leaves, kWh.
fn corridor(problem: &Problem, site: &Site, b: &Battery, net: &[f64], end_pinned: bool) -> Vec<(f64, f64)> {
    let h = problem.step_hours;
    let exact = end_pinned || b.soc_final_op == FinalOp::Equal;
    let high = if exact { b.soc_final_kwh } else { b.soc_max_kwh };
    let mut corridor = vec![(b.soc_final_kwh, high); problem.steps];
    for t in (1..problem.steps).rev() {
        let charge = (site.grid.import_max_kw - net[t]).clamp(0.0, b.charge_max_kw);
        // Steered to an exact end of its own will, a battery does not buy what it would have to give away.
        let export = if end_pinned { 0.0 } else { site.grid.export_max_kw };
        let discharge = (net[t] + export).clamp(0.0, b.discharge_max_kw);
        let (low, high) = corridor[t];
        corridor[t - 1] = (
            (low - h * charge * b.eta_charge).max(b.soc_min_kwh),
            (high + h * discharge / b.eta_discharge).min(b.soc_max_kwh),
        );
    }
    corridor
}

/// One battery by its rule, within its limits and the connection's, steered so that it ends as it must.
fn battery(problem: &Problem, site: &Site, b: &Battery, rule: Rule, part: &mut AssetPlan, net: &mut [f64]) {
    let (h, store) = (problem.step_hours, rule.store);
    // An idle battery is not steered to its end either: that would be control.
    if store == Store::Idle {
        return;
    }
    let corridor = corridor(problem, site, b, net, rule.end_pinned);
    let mut soc = b.soc_initial_kwh;
    for t in 0..problem.steps {
        let wish = match store {
            Store::Idle => 0.0,
            Store::SelfUse => -net[t],
            Store::Price { low, high, cap_kw } => {
                let price = site.grid.import_price_per_kwh[t];
                if net[t] < 0.0 || price >= high {
                    -net[t]
                } else if price <= low {
                    b.charge_max_kw.min(cap_kw - net[t])
                } else {
                    (cap_kw - net[t]).min(0.0)
                }
            }
            Store::Peak { kw } => kw - net[t],
        };
        // The content after this step must leave the end within reach.
        let (least, most) = corridor[t];
        let mut flow = wish.min(site.grid.import_max_kw - net[t]).max(-net[t] - site.grid.export_max_kw);
        flow = flow.clamp(-b.discharge_max_kw, b.charge_max_kw);
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
