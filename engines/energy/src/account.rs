//! What a plan costs and whether it holds, computed from the plan alone, without the model.

use crate::{infeasible::Violation, problem::*};

/// Money by component, in the problem's currency.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CostBreakdown {
    /// Import minus export.
    pub energy: f64,
    /// Demand charge.
    pub demand: f64,
    /// Generator fuel.
    pub fuel: f64,
    /// Generator starts.
    pub start: f64,
    /// Battery wear.
    pub wear: f64,
    /// Carbon at its price, where priced.
    pub carbon: f64,
    /// Sum.
    pub total: f64,
}

/// What a plan comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Evaluation {
    /// Money.
    pub cost: CostBreakdown,
    /// kg CO2e.
    pub carbon_kg: f64,
    /// Highest import of a site, kW.
    pub peak_kw: f64,
    /// The problem's objective: money, or kg for carbon.
    pub objective: f64,
}

/// Cost, carbon, peak and objective of a plan.
#[must_use]
pub fn evaluate(problem: &Problem, plan: &Plan) -> Evaluation {
    let h = problem.step_hours;
    let mut cost = CostBreakdown::default();
    let (mut carbon_kg, mut peak_kw) = (0.0, 0.0_f64);
    for (site, part) in problem.sites.iter().zip(&plan.sites) {
        let g = &site.grid;
        let mut site_peak = 0.0_f64;
        for t in 0..problem.steps {
            let (import, export) = (part.import_kw[t], part.export_kw[t]);
            cost.energy += h * (g.import_price_per_kwh[t] * import - g.export_price_per_kwh[t] * export);
            carbon_kg += h * g.carbon_kg_per_kwh[t] * import;
            site_peak = site_peak.max(import);
        }
        cost.demand += g.demand_charge_per_kw * site_peak.max(g.peak_so_far_kw);
        peak_kw = peak_kw.max(site_peak);
        for (asset, part) in site.assets.iter().zip(&part.assets) {
            match &asset.kind {
                AssetKind::Battery(b) => {
                    cost.wear += h * b.wear_cost_per_kwh_discharged * sum(part.discharge_kw.as_ref());
                }
                AssetKind::Generator(g) => {
                    let kwh = h * sum(part.power_kw.as_ref());
                    cost.fuel += g.fuel_cost_per_kwh * kwh;
                    carbon_kg += g.carbon_kg_per_kwh * kwh;
                    cost.start += g.start_cost * starts(g.initial_on, part.on.as_deref().unwrap_or_default()) as f64;
                }
                _ => {}
            }
        }
    }
    if let Objective::CostPlusCarbon { carbon_price_per_kg } = problem.objective {
        cost.carbon = carbon_price_per_kg * carbon_kg;
    }
    cost.total = cost.energy + cost.demand + cost.fuel + cost.start + cost.wear + cost.carbon;
    let objective = if problem.objective == Objective::Carbon { carbon_kg } else { cost.total };
    Evaluation { cost, carbon_kg, peak_kw, objective }
}

fn sum(series: Option<&Vec<f64>>) -> f64 {
    series.map_or(0.0, |v| v.iter().sum())
}

fn starts(mut on: bool, series: &[bool]) -> usize {
    series.iter().filter(|now| !std::mem::replace(&mut on, **now) && **now).count()
}

/// Collects what does not hold: per asset and limit the worst step.
struct Found<'a> {
    site: &'a str,
    tolerance: f64,
    list: Vec<Violation>,
}

impl Found<'_> {
    fn over(&mut self, asset: &str, limit: &str, t: usize, amount: f64, unit: &'static str) {
        if amount <= self.tolerance {
            return;
        }
        match self.list.iter_mut().find(|v| v.asset == asset && v.limit == limit && v.site == self.site) {
            Some(v) => {
                v.to_step = t + 1;
                v.amount = v.amount.max(amount);
                v.message = sentence(asset, limit, v.from_step, v.to_step, v.amount, unit);
            }
            None => self.list.push(Violation {
                asset: asset.to_owned(),
                site: self.site.to_owned(),
                limit: limit.to_owned(),
                from_step: t,
                to_step: t + 1,
                amount,
                unit,
                message: sentence(asset, limit, t, t + 1, amount, unit),
            }),
        }
    }
}

fn sentence(asset: &str, limit: &str, from: usize, to: usize, amount: f64, unit: &str) -> String {
    format!("{asset}: {limit} is missed by up to {amount:.3} {unit} between steps {from} and {to}.")
}

/// Every requirement that the plan misses by more than `tolerance` (kW or kWh).
#[must_use]
pub fn check(problem: &Problem, plan: &Plan, tolerance: f64) -> Vec<Violation> {
    let mut all = Vec::new();
    for (site, part) in problem.sites.iter().zip(&plan.sites) {
        let mut found = Found { site: &site.id, tolerance, list: Vec::new() };
        check_grid(problem, site, part, &mut found);
        for (i, asset) in site.assets.iter().enumerate() {
            check_asset(problem, site, part, i, asset, &mut found);
        }
        all.extend(found.list);
    }
    check_shared(problem, plan, tolerance, &mut all);
    check_precedences(problem, plan, &mut all);
    all
}

fn check_grid(problem: &Problem, site: &Site, part: &SitePlan, found: &mut Found<'_>) {
    for t in 0..problem.steps {
        let (import, export) = (part.import_kw[t], part.export_kw[t]);
        let injected: f64 = site.assets.iter().zip(&part.assets).map(|(a, p)| p.injection_kw(&a.kind, t)).sum();
        found.over("grid", "balance", t, (import + injected - export).abs(), "kW");
        found.over("grid", "import_max_kw", t, import - site.grid.import_max_kw, "kW");
        found.over("grid", "export_max_kw", t, export - site.grid.export_max_kw, "kW");
        found.over("grid", "import_or_export", t, import.min(export), "kW");
        found.over("grid", "not_negative", t, (-import).max(-export), "kW");
    }
}

fn check_asset(problem: &Problem, site: &Site, part: &SitePlan, i: usize, asset: &Asset, found: &mut Found<'_>) {
    let (p, id, h) = (&part.assets[i], asset.id.as_str(), problem.step_hours);
    let empty = Vec::new();
    let power = p.power_kw.as_ref().unwrap_or(&empty);
    match &asset.kind {
        AssetKind::Load { demand_kw } => {
            for (t, kw) in demand_kw.iter().enumerate() {
                found.over(id, "demand_kw", t, (power[t] - kw).abs(), "kW");
            }
        }
        AssetKind::Pv { available_kw, curtailable } => {
            let used = p.used_kw.as_ref().unwrap_or(&empty);
            for (t, kw) in available_kw.iter().enumerate() {
                let off = if *curtailable { used[t] - kw } else { (used[t] - kw).abs() };
                found.over(id, "available_kw", t, off.max(-used[t]), "kW");
            }
        }
        AssetKind::Battery(b) => check_battery(problem, b, p, id, found),
        AssetKind::Ev(e) => {
            let mut energy = 0.0;
            for (t, kw) in power.iter().enumerate() {
                let away = t < e.arrive_step || t >= e.depart_step;
                let most = if away { 0.0 } else { e.charge_max_kw };
                found.over(id, "charge_max_kw", t, kw - most, "kW");
                if *kw > found.tolerance {
                    found.over(id, "charge_min_kw", t, e.charge_min_kw - kw, "kW");
                }
                energy += e.eta_charge * kw * h;
            }
            found.over(id, "energy_required_kwh", e.depart_step - 1, (energy - e.energy_required_kwh).abs(), "kWh");
        }
        AssetKind::Generator(g) => check_generator(g, p, id, found),
        AssetKind::Job(j) => {
            let start = p.start_step.unwrap_or(usize::MAX);
            let late = start < j.earliest_start_step || start > j.latest_start_step();
            found.over(id, "window", j.earliest_start_step, if late { 1.0 } else { 0.0 }, "start");
            for (t, kw) in power.iter().enumerate() {
                let due = t.checked_sub(start).and_then(|k| j.profile_kw.get(k)).copied().unwrap_or(0.0);
                found.over(id, "profile_kw", t, (kw - due).abs(), "kW");
            }
        }
        AssetKind::ThermalStorage(s) => check_tank(problem, site, part, s, p, id, found),
        AssetKind::HeatSource(s) => {
            for (t, kw) in power.iter().enumerate() {
                found.over(id, "power_max_kw", t, (kw - s.power_max_kw).max(-kw), "kW");
            }
        }
    }
}

fn check_battery(problem: &Problem, b: &Battery, p: &AssetPlan, id: &str, found: &mut Found<'_>) {
    let empty = Vec::new();
    let (charge, discharge) = (p.charge_kw.as_ref().unwrap_or(&empty), p.discharge_kw.as_ref().unwrap_or(&empty));
    let mut soc = b.soc_initial_kwh;
    for t in 0..problem.steps {
        let (c, d) = (charge[t], discharge[t]);
        soc += problem.step_hours * (b.eta_charge * c - d / b.eta_discharge);
        found.over(id, "charge_max_kw", t, (c - b.charge_max_kw).max(-c), "kW");
        found.over(id, "discharge_max_kw", t, (d - b.discharge_max_kw).max(-d), "kW");
        found.over(id, "charge_or_discharge", t, c.min(d), "kW");
        found.over(id, "soc_max_kwh", t, soc - b.soc_max_kwh, "kWh");
        found.over(id, "soc_min_kwh", t, b.soc_min_kwh - soc, "kWh");
        if let Some(told) = p.soc_kwh.as_ref() {
            found.over(id, "soc_kwh", t, (told[t] - soc).abs(), "kWh");
        }
    }
    let short = b.soc_final_kwh - soc;
    let missed = if b.soc_final_op == FinalOp::Equal { short.abs() } else { short };
    found.over(id, "soc_final_kwh", problem.steps - 1, missed, "kWh");
}

fn check_generator(g: &Generator, p: &AssetPlan, id: &str, found: &mut Found<'_>) {
    let (empty, none) = (Vec::new(), Vec::new());
    let (power, on) = (p.power_kw.as_ref().unwrap_or(&empty), p.on.as_ref().unwrap_or(&none));
    let (mut state, mut since) = (g.initial_on, usize::MAX);
    let held = g.held_off_steps();
    for (t, kw) in power.iter().enumerate() {
        let (low, high) = if on[t] { (g.power_min_kw, g.power_max_kw) } else { (0.0, 0.0) };
        found.over(id, "power_max_kw", t, kw - high, "kW");
        found.over(id, "power_min_kw", t, low - kw, "kW");
        found.over(id, "min_down_steps", t, if t < held && on[t] { 1.0 } else { 0.0 }, "steps");
        if on[t] != state {
            let (needed, limit) =
                if state { (g.min_up_steps, "min_up_steps") } else { (g.min_down_steps, "min_down_steps") };
            let been = if since == usize::MAX { usize::MAX } else { t - since };
            found.over(id, limit, t, needed.saturating_sub(been) as f64, "steps");
            (state, since) = (on[t], t);
        }
    }
}

fn check_tank(
    problem: &Problem,
    site: &Site,
    part: &SitePlan,
    s: &ThermalStorage,
    p: &AssetPlan,
    id: &str,
    found: &mut Found<'_>,
) {
    let (h, keep) = (problem.step_hours, s.keep(problem.step_hours));
    let mut content = s.initial_kwh;
    for t in 0..problem.steps {
        let heat: f64 = site
            .assets
            .iter()
            .zip(&part.assets)
            .filter_map(|(a, q)| match &a.kind {
                AssetKind::HeatSource(x) if x.tank == id => Some(x.heat_per_kwh[t] * q.power_kw.as_ref()?[t]),
                _ => None,
            })
            .sum();
        content = keep * content + h * (heat - s.demand_kw_th[t]);
        found.over(id, "capacity_kwh", t, content - s.capacity_kwh, "kWh");
        found.over(id, "demand_kw_th", t, -content, "kWh");
        if let Some(told) = p.soc_kwh.as_ref() {
            found.over(id, "soc_kwh", t, (told[t] - content).abs(), "kWh");
        }
    }
    let short = s.final_kwh - content;
    let missed = if s.final_op == FinalOp::Equal { short.abs() } else { short };
    found.over(id, "final_kwh", problem.steps - 1, missed, "kWh");
}

fn check_shared(problem: &Problem, plan: &Plan, tolerance: f64, all: &mut Vec<Violation>) {
    let Some(limit) = problem.shared_import_max_kw else { return };
    let mut found = Found { site: "", tolerance, list: Vec::new() };
    for t in 0..problem.steps {
        let import: f64 = plan.sites.iter().map(|s| s.import_kw[t]).sum();
        found.over("all sites", "shared_import_max_kw", t, import - limit, "kW");
    }
    all.extend(found.list);
}

fn check_precedences(problem: &Problem, plan: &Plan, all: &mut Vec<Violation>) {
    let mut found = Found { site: "", tolerance: 0.0, list: Vec::new() };
    let start = |id: &str| plan.sites.iter().flat_map(|s| &s.assets).find(|a| a.id == id)?.start_step;
    for p in &problem.precedences {
        let length = problem.sites.iter().flat_map(|s| &s.assets).find_map(|a| match &a.kind {
            AssetKind::Job(j) if a.id == p.before => Some(j.profile_kw.len()),
            _ => None,
        });
        if let (Some(before), Some(after), Some(length)) = (start(&p.before), start(&p.after), length) {
            let early = (before + length + p.min_gap_steps).saturating_sub(after);
            found.over(&p.after, "precedence", after, early as f64, "steps");
        }
    }
    all.extend(found.list);
}
