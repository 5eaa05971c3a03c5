//! Why a problem has no plan: an elastic copy misses as little as it can; what it misses is told in the user's words.

use crate::{
    model::{Exclusive, Limits, Model, Slack, SlackKind},
    problem::*,
};
use highs::HighsModelStatus as Is;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

/// Misses below this are none, kW or kWh.
const TINY: f64 = 1e-5;
const TIME: Duration = Duration::from_secs(10);
/// So many requirements are asked whether they are to blame.
const MAX_SUSPECTS: usize = 12;

/// A requirement that cannot hold together with a limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// The asset, or `grid`.
    pub asset: String,
    /// The site.
    pub site: String,
    /// The field of the requirement.
    pub limit: String,
    /// First step.
    pub from_step: usize,
    /// First step after.
    pub to_step: usize,
    /// By how much.
    pub amount: f64,
    /// Unit of the amount.
    pub unit: &'static str,
    /// One sentence.
    pub message: String,
}

/// What is missed together: the site, the asset (the connection last) and the field.
type Key = (usize, usize, &'static str);

fn key(slack: &Slack) -> Key {
    (slack.site, slack.asset.unwrap_or(usize::MAX), field(slack.kind))
}

/// A plan of the elastic copy and what it misses.
struct Missing {
    plan: Plan,
    groups: BTreeMap<Key, Vec<(Slack, f64)>>,
}

/// Which requirements are missed: as little as possible, and none that need not be. Each that can be met while the
/// others are missed all the more is innocent and not told (deletion filter, Chinneck). None if nothing must be missed.
/// `exclusive` are the steps in which the infeasible model kept opposite flows apart: the copy needs no more.
pub(crate) fn explain(problem: &Problem, exclusive: &Exclusive) -> Result<Vec<Violation>, String> {
    let until = Instant::now() + TIME;
    let mut missing = elastic(problem, exclusive, |_| true, TIME)?.ok_or("the elastic copy has no plan")?;
    let suspects: Vec<Key> = missing.groups.keys().copied().collect();
    for suspect in suspects.into_iter().take(MAX_SUSPECTS) {
        let left = until.saturating_duration_since(Instant::now());
        if missing.groups.len() < 2 || left.is_zero() {
            break;
        }
        let kept: BTreeSet<Key> = missing.groups.keys().copied().filter(|k| *k != suspect).collect();
        if missing.groups.contains_key(&suspect)
            && let Ok(Some(fewer)) = elastic(problem, exclusive, |slack| kept.contains(&key(slack)), left)
        {
            missing = fewer;
        }
    }
    Ok(missing.groups.into_values().map(|missed| tell(problem, &missing.plan, &missed)).collect())
}

/// The plan that misses least, where only what is `allowed` may be missed; none if that does not do.
fn elastic(
    problem: &Problem,
    exclusive: &Exclusive,
    allowed: impl Fn(&Slack) -> bool,
    time: Duration,
) -> Result<Option<Missing>, String> {
    let mut model = Model::build(problem, exclusive, true);
    model.forbid_missing(|slack| !allowed(slack));
    let (found, solved) = model.solve(Limits { gap: 1e-4, time, presolve: true })?;
    let values = match (found.status, &found.values) {
        (Is::Optimal | Is::ReachedTimeLimit, Some(values)) => values,
        (Is::Infeasible | Is::UnboundedOrInfeasible | Is::ReachedTimeLimit, _) => return Ok(None),
        (other, _) => return Err(format!("the elastic copy ended with {other:?}")),
    };
    let mut groups: BTreeMap<Key, Vec<(Slack, f64)>> = BTreeMap::new();
    for slack in &solved.slacks {
        let missed = values[slack.col.index()];
        if missed > TINY {
            groups.entry(key(slack)).or_default().push((slack.clone(), missed));
        }
    }
    let (plan, _) = solved.plan(problem, values);
    Ok(Some(Missing { plan, groups }))
}

fn field(kind: SlackKind) -> &'static str {
    match kind {
        SlackKind::Unserved => "import_max_kw",
        SlackKind::Surplus => "export_max_kw",
        SlackKind::EvEnergy => "energy_required_kwh",
        SlackKind::SocShort | SlackKind::SocOver => "soc_final_kwh",
        SlackKind::Heat => "demand_kw_th",
        SlackKind::TankShort | SlackKind::TankOver => "final_kwh",
        SlackKind::Job => "latest_end_step",
    }
}

fn tell(problem: &Problem, plan: &Plan, missed: &[(Slack, f64)]) -> Violation {
    let (first, amount) = (&missed[0].0, missed.iter().map(|m| m.1).sum::<f64>());
    let most = missed.iter().map(|m| m.1).fold(0.0, f64::max);
    let site = &problem.sites[first.site];
    let asset = first.asset.map(|a| &site.assets[a]);
    let id = asset.map_or("grid", |a| a.id.as_str());
    let from = missed.iter().map(|m| m.0.step).min().unwrap_or(0);
    let to = missed.iter().map(|m| m.0.step).max().unwrap_or(0) + 1;
    let mut told = Violation {
        asset: id.to_owned(),
        site: site.id.clone(),
        limit: field(first.kind).to_owned(),
        from_step: from,
        to_step: to,
        amount,
        unit: "kWh",
        message: String::new(),
    };
    told.message = match (first.kind, asset.map(|a| &a.kind)) {
        (SlackKind::Unserved, _) => {
            (told.amount, told.unit) = (most, "kW");
            let limit = import_limit(problem, site);
            format!(
                "Site {}: up to {most:.1} kW of demand cannot be met between steps {from} and {to}: {limit} and what the site can give itself are not enough.",
                site.id
            )
        }
        (SlackKind::Surplus, _) => {
            (told.amount, told.unit) = (most, "kW");
            format!(
                "Site {}: up to {most:.1} kW of generation that may not be curtailed finds no use between steps {from} and {to}: the export limit of {} kW is reached.",
                site.id, site.grid.export_max_kw
            )
        }
        (SlackKind::EvEnergy, Some(AssetKind::Ev(e))) => {
            told.from_step = e.arrive_step;
            let part = &plan.sites[first.site];
            format!(
                "EV {id} misses {amount:.1} kWh by step {}: {}.",
                e.depart_step,
                ev_limits(problem, site, part, e, first.asset)
            )
        }
        (SlackKind::SocShort, Some(AssetKind::Battery(b))) => format!(
            "Battery {id} ends {amount:.1} kWh below the {:.1} kWh it must hold: charging at up to {} kW within {} beside what else the site must do does not fill it in time.",
            b.soc_final_kwh,
            b.charge_max_kw,
            import_limit(problem, site)
        ),
        (SlackKind::SocOver, Some(AssetKind::Battery(b))) => format!(
            "Battery {id} ends {amount:.1} kWh above the {:.1} kWh it must hold exactly: it can give at most {} kW, and the site cannot use or export more.",
            b.soc_final_kwh, b.discharge_max_kw
        ),
        (SlackKind::Heat, _) => {
            (told.amount, told.unit) = (most, "kW");
            format!(
                "Thermal storage {id}: up to {most:.1} kW of heat cannot be met between steps {from} and {to}: its sources at full power and its content are not enough within {}.",
                import_limit(problem, site)
            )
        }
        (SlackKind::TankShort, _) => format!(
            "Thermal storage {id} ends {amount:.1} kWh below what it must hold: its sources at full power do not fill it in time."
        ),
        (SlackKind::TankOver, _) => format!(
            "Thermal storage {id} ends {amount:.1} kWh above what it must hold exactly: its heat demand does not use it up."
        ),
        (SlackKind::Job, Some(AssetKind::Job(j))) => {
            (told.from_step, told.to_step, told.unit) = (j.earliest_start_step, j.latest_end_step, "job");
            format!(
                "Job {id} does not fit between steps {} and {}: {} or the jobs it must follow leave no room.",
                j.earliest_start_step,
                j.latest_end_step,
                import_limit(problem, site)
            )
        }
        _ => format!("{id} misses {} by {amount:.1}.", field(first.kind)),
    };
    told
}

fn import_limit(problem: &Problem, site: &Site) -> String {
    let own = format!("the import limit of {} kW", site.grid.import_max_kw);
    match problem.shared_import_max_kw {
        Some(shared) if problem.sites.len() > 1 => format!("{own} (and the shared limit of {shared} kW)"),
        Some(shared) => format!("the import limit of {} kW", shared.min(site.grid.import_max_kw)),
        None => own,
    }
}

/// Whether a charger that gives nothing or its minimum to maximum can give an amount in some number of steps.
fn is_between_powers(problem: &Problem, e: &Ev) -> bool {
    let whole = e.energy_required_kwh / (problem.step_hours * e.eta_charge);
    let least_steps = (whole / e.charge_max_kw.max(1e-9) - 1e-6).ceil();
    e.charge_min_kw > 0.0 && least_steps * e.charge_min_kw > whole + 1e-6
}

/// In how many of its steps the connection binds a charger, and in how many the charger itself.
fn ev_limits(problem: &Problem, site: &Site, part: &SitePlan, e: &Ev, asset: Option<usize>) -> String {
    if is_between_powers(problem, e) {
        return format!(
            "with a minimum power of {} kW and at most {} kW no number of steps gives exactly {} kWh",
            e.charge_min_kw, e.charge_max_kw, e.energy_required_kwh
        );
    }
    let steps = e.arrive_step..e.depart_step;
    let total = steps.len();
    let power = |t: usize| asset.and_then(|a| part.assets[a].power_kw.as_ref()).map_or(0.0, |p| p[t]);
    let charger = steps.clone().filter(|t| power(*t) >= e.charge_max_kw - 1e-3).count();
    let connection = total - charger;
    let limit = import_limit(problem, site);
    if connection == 0 {
        return format!("the charger's limit of {} kW binds in all {total} steps", e.charge_max_kw);
    }
    if charger == 0 {
        return format!("{limit} binds in its {total} steps");
    }
    format!(
        "{limit} binds in {connection} of {total} steps, the charger's limit of {} kW in the others",
        e.charge_max_kw
    )
}
