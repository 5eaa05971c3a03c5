//! Sites that share nothing are solved one by one: a search over one site's choices is far smaller than over all of
//! them together. Method: block decomposition; a shared limit that the separate optima keep changes nothing.

use crate::{
    account::{check, evaluate},
    infeasible::Violation,
    problem::*,
    solve::{Control, Outcome, Solution, Status, gap, within},
};
use std::time::{Duration, Instant};

/// Solves the parts of a problem that has several; `None` when it must be solved as a whole.
pub(crate) fn by_parts(problem: &Problem, control: &Control<'_>, started: Instant) -> Option<Outcome> {
    let groups = groups(problem);
    // Continuous problems under a shared limit are quick as a whole, and the limit mostly binds.
    if groups.len() < 2 || (problem.shared_import_max_kw.is_some() && !chooses(problem)) {
        return None;
    }
    let limit = Duration::from_secs_f64(problem.time_limit_s);
    let mut missed: Vec<Violation> = Vec::new();
    let mut found: Vec<(Vec<usize>, Solution)> = Vec::new();
    let total = groups.len();
    for (n, group) in groups.into_iter().enumerate() {
        control.progress(n as f64 / total as f64);
        // What a part leaves of its share is shared by those that follow. A shared limit may need time as a whole.
        let left = limit.saturating_sub(started.elapsed());
        let share = left / u32::try_from(total - n).unwrap_or(u32::MAX);
        let share = if problem.shared_import_max_kw.is_some() { share / 2 } else { share };
        match within(&part(problem, &group), control, share) {
            Outcome::Solved(s) => found.push((group, *s)),
            Outcome::Infeasible(violations) => missed.extend(violations),
            // A rule may still carry the whole.
            Outcome::NoPlanInTime { .. } => return None,
            other => return Some(other),
        }
    }
    if !missed.is_empty() {
        return Some(Outcome::Infeasible(missed));
    }
    join(problem, found, started).map(|s| Outcome::Solved(Box::new(s)))
}

/// Sites that precedences tie together, each group in the problem's order.
fn groups(problem: &Problem) -> Vec<Vec<usize>> {
    let site_of = |id: &str| problem.sites.iter().position(|s| s.assets.iter().any(|a| a.id == id));
    let mut label: Vec<usize> = (0..problem.sites.len()).collect();
    for p in &problem.precedences {
        if let (Some(a), Some(b)) = (site_of(&p.before), site_of(&p.after)) {
            let (keep, gone) = (label[a].min(label[b]), label[a].max(label[b]));
            label.iter_mut().filter(|l| **l == gone).for_each(|l| *l = keep);
        }
    }
    let members = |l: usize| (0..label.len()).filter(|s| label[*s] == l).collect::<Vec<_>>();
    (0..label.len()).map(members).filter(|g| !g.is_empty()).collect()
}

fn part(problem: &Problem, group: &[usize]) -> Problem {
    let sites: Vec<Site> = group.iter().map(|s| problem.sites[*s].clone()).collect();
    let own = |id: &str| sites.iter().any(|s| s.assets.iter().any(|a| a.id == id));
    let precedences = problem.precedences.iter().filter(|p| own(&p.before)).cloned().collect();
    Problem {
        step_hours: problem.step_hours,
        steps: problem.steps,
        objective: problem.objective,
        mip_rel_gap: problem.mip_rel_gap,
        time_limit_s: problem.time_limit_s,
        sites,
        precedences,
        shared_import_max_kw: None,
    }
}

/// Whether there is anything to choose that is not continuous.
fn chooses(problem: &Problem) -> bool {
    let assets = || problem.sites.iter().flat_map(|s| &s.assets);
    assets().any(|a| match &a.kind {
        AssetKind::Job(_) | AssetKind::Generator(_) => true,
        AssetKind::Ev(e) => e.charge_min_kw > 0.0,
        _ => false,
    })
}

/// The parts' plans as one, if they keep what is shared and the gap.
fn join(problem: &Problem, found: Vec<(Vec<usize>, Solution)>, started: Instant) -> Option<Solution> {
    let optimal = found.iter().all(|(_, s)| s.status == Status::Optimal);
    let bound: f64 = found.iter().map(|(_, s)| s.objective - s.rel_gap * s.objective.abs()).sum();
    let mut sites = vec![SitePlan::default(); problem.sites.len()];
    for (group, solution) in found {
        for (s, plan) in group.into_iter().zip(solution.plan.sites) {
            sites[s] = plan;
        }
    }
    let plan = Plan { sites };
    let keeps_shared = problem.shared_import_max_kw.is_none() || check(problem, &plan, 1e-5).is_empty();
    let value = evaluate(problem, &plan);
    let rel_gap = gap(value.objective, bound);
    // Costs and incomes may cancel: then the parts' gaps do not make the whole's.
    let proved = optimal && rel_gap <= problem.mip_rel_gap.max(1e-6);
    if !keeps_shared || (optimal && !proved) {
        return None;
    }
    Some(Solution {
        status: if proved { Status::Optimal } else { Status::Feasible },
        objective: value.objective,
        rel_gap,
        solve_ms: started.elapsed().as_secs_f64() * 1e3,
        plan,
        cost: value.cost,
        carbon_kg: value.carbon_kg,
        peak_kw: value.peak_kw,
    })
}
