//! What the same assets cost without an optimiser: no control, and a good rule.

use crate::{
    account::{CostBreakdown, check, evaluate},
    infeasible::Violation,
    problem::*,
    simulate::{self, Rule, Shift, Store},
};

/// A plan made without an optimiser.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// Which rule.
    pub name: String,
    /// Money by component.
    pub cost: CostBreakdown,
    /// kg CO2e.
    pub carbon_kg: f64,
    /// Highest import of a site, kW.
    pub peak_kw: f64,
    /// The plan.
    pub plan: Plan,
    /// Whether it keeps every limit.
    pub feasible: bool,
    /// What it does not keep.
    pub violations: Vec<Violation>,
}

/// Limits count as kept within this, kW or kWh.
const TOLERANCE: f64 = 1e-4;
/// Peaks tried by the peak rule between the mean and the highest import.
const PEAKS: usize = 12;

/// No control: load as it came, solar used or exported, vehicles charge on arrival, jobs at their earliest, heat when
/// needed, batteries idle, generators only where the connection does not suffice.
#[must_use]
pub fn none(problem: &Problem) -> Baseline {
    let rule = Rule { shift: Shift::Earliest, store: Store::Idle, end_pinned: false };
    let sites = problem.sites.iter().map(|s| simulate::site(problem, s, rule)).collect();
    weigh(problem, "no control", Plan { sites })
}

/// The better, site by site, of a self-consumption rule, price-threshold rules and, where demand is charged,
/// peak-shaving rules; with vehicles and jobs at once or in the cheapest steps.
#[must_use]
pub fn rule(problem: &Problem) -> Baseline {
    let mut names = Vec::new();
    let mut sites = Vec::new();
    for i in 0..problem.sites.len() {
        let (name, part) = best_of_site(problem, i);
        if !names.contains(&name) {
            names.push(name);
        }
        sites.push(part);
    }
    weigh(problem, &names.join(", "), Plan { sites })
}

fn weigh(problem: &Problem, name: &str, plan: Plan) -> Baseline {
    let value = evaluate(problem, &plan);
    let violations = check(problem, &plan, TOLERANCE);
    Baseline {
        name: name.to_owned(),
        cost: value.cost,
        carbon_kg: value.carbon_kg,
        peak_kw: value.peak_kw,
        plan,
        feasible: violations.is_empty(),
        violations,
    }
}

/// The cheapest rule that keeps every limit of the site; if none does, the one that breaks the fewest.
fn best_of_site(problem: &Problem, i: usize) -> (String, SitePlan) {
    // The site alone: what is shared cannot be judged site by site.
    let alone = Problem { sites: vec![problem.sites[i].clone()], shared_import_max_kw: None, ..problem.clone() };
    let site = &alone.sites[0];
    let mut best: Option<(usize, f64, String, SitePlan)> = None;
    for (name, rule) in rules(&alone, site) {
        let part = simulate::site(&alone, site, rule);
        let plan = Plan { sites: vec![part.clone()] };
        let broken = check(&alone, &plan, TOLERANCE).len();
        let value = evaluate(&alone, &plan).objective;
        let ahead = best.as_ref().is_none_or(|(b, v, _, _)| broken < *b || (broken == *b && value < *v - 1e-9));
        if ahead {
            best = Some((broken, value, name, part));
        }
    }
    best.map_or_else(|| ("no control".to_owned(), SitePlan::default()), |(_, _, name, part)| (name, part))
}

/// Peaks worth holding where demand is charged: between the mean and the highest import without control, kW.
fn caps(problem: &Problem, site: &Site) -> Vec<f64> {
    if site.grid.demand_charge_per_kw <= 0.0 {
        return Vec::new();
    }
    let idle = simulate::site(problem, site, Rule { shift: Shift::Earliest, store: Store::Idle, end_pinned: false });
    let most = idle.import_kw.iter().copied().fold(0.0, f64::max);
    let mean = idle.import_kw.iter().sum::<f64>() / idle.import_kw.len().max(1) as f64;
    (0..PEAKS).map(|k| (mean + (most - mean) * k as f64 / PEAKS as f64).max(site.grid.peak_so_far_kw)).collect()
}

fn rules(problem: &Problem, site: &Site) -> Vec<(String, Rule)> {
    let mut stores = vec![("self-consumption".to_owned(), Store::SelfUse), ("no control".to_owned(), Store::Idle)];
    let mut prices = site.grid.import_price_per_kwh.clone();
    prices.sort_by(f64::total_cmp);
    let quantile = |q: f64| prices[((prices.len() - 1) as f64 * q).round() as usize];
    let caps = caps(problem, site);
    for (low, high) in [(0.1, 0.9), (0.25, 0.75), (0.4, 0.6)] {
        let (low_price, high_price) = (quantile(low), quantile(high));
        if low_price >= high_price {
            continue;
        }
        let name = format!("price threshold {:.0}/{:.0} %", low * 100.0, high * 100.0);
        let price = |cap_kw| Store::Price { low: low_price, high: high_price, cap_kw };
        stores.push((name.clone(), price(f64::INFINITY)));
        // Every third cap: charging below a peak matters, the exact peak less.
        let capped = caps.iter().step_by(3).map(|kw| (format!("{name} with peak shaving"), price(*kw)));
        stores.extend(capped);
    }
    stores.extend(caps.iter().map(|kw| ("peak shaving".to_owned(), Store::Peak { kw: *kw })));
    let movable = site.assets.iter().any(|a| matches!(a.kind, AssetKind::Ev(_) | AssetKind::Job(_)));
    let shifts: &[Shift] = if movable { &[Shift::Earliest, Shift::Cheapest] } else { &[Shift::Earliest] };
    let free =
        site.assets.iter().any(|a| matches!(&a.kind, AssetKind::Battery(b) if b.soc_final_op == FinalOp::AtLeast));
    let ends: &[bool] = if free { &[true, false] } else { &[false] };
    let with = |(name, store): (String, Store)| {
        let name_of = move |shift: Shift| match shift {
            Shift::Earliest => name.clone(),
            Shift::Cheapest => format!("{name}, charging and jobs in the cheapest steps"),
        };
        let each = shifts.iter().flat_map(move |shift| ends.iter().map(move |end_pinned| (*shift, *end_pinned)));
        each.map(move |(shift, end_pinned)| (name_of(shift), Rule { shift, store, end_pinned }))
    };
    stores.into_iter().flat_map(with).collect()
}
