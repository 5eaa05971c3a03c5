//! Solves a problem: relaxed where that is exact, with more binaries where the relaxation cheats, with an answer always.

use crate::{
    account::{CostBreakdown, Evaluation, check, evaluate},
    baselines,
    infeasible::{self, Violation},
    model::{Exclusive, Found, Model},
    problem::*,
};
use highs::HighsModelStatus as Is;
use std::time::{Duration, Instant};

/// Constraints hold within this, kW or kWh.
const TOLERANCE: f64 = 1e-4;
/// Relaxed solutions that cheat are mended this often before every step gets its binary.
const ROUNDS: usize = 4;

/// How sure a plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Proved within the gap.
    Optimal,
    /// Best known at the time limit.
    Feasible,
}

/// A plan with what it comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// How sure it is.
    pub status: Status,
    /// The problem's objective: money, or kg for carbon.
    pub objective: f64,
    /// Proved relative gap.
    pub rel_gap: f64,
    /// Build and solve, ms.
    pub solve_ms: f64,
    /// The plan.
    pub plan: Plan,
    /// Money by component.
    pub cost: CostBreakdown,
    /// kg CO2e.
    pub carbon_kg: f64,
    /// Highest import of a site, kW.
    pub peak_kw: f64,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A plan.
    Solved(Box<Solution>),
    /// The requirements cannot hold together; these are missed when as little as possible is missed.
    Infeasible(Vec<Violation>),
    /// No plan was found within the time limit.
    NoPlanInTime {
        /// Seconds.
        elapsed_s: f64,
    },
    /// Nobody wants it any more.
    Cancelled,
    /// The solver failed; the sentence is for the log.
    Failed(String),
}

/// What the caller hears and says while it solves. The solver itself cannot be interrupted safely, so cancelling takes
/// effect between its runs; the time limit bounds each.
#[derive(Default)]
pub struct Control<'a> {
    /// Told how far it is, 0 to 1.
    pub progress: Option<&'a dyn Fn(f64)>,
    /// Asked whether to stop.
    pub cancelled: Option<&'a dyn Fn() -> bool>,
}

impl Control<'_> {
    fn progress(&self, ratio: f64) {
        if let Some(tell) = self.progress {
            tell(ratio);
        }
    }
    fn is_cancelled(&self) -> bool {
        self.cancelled.is_some_and(|ask| ask())
    }
}

/// Solves a problem that [`Problem::validate`] found nothing in.
#[must_use]
pub fn solve(problem: &Problem, control: &Control<'_>) -> Outcome {
    let started = Instant::now();
    let limit = Duration::from_secs_f64(problem.time_limit_s);
    let mut exclusive = Exclusive::from_prices(problem);
    for round in 0..=ROUNDS {
        if control.is_cancelled() {
            return Outcome::Cancelled;
        }
        control.progress(round as f64 / (ROUNDS + 1) as f64);
        let left = limit.saturating_sub(started.elapsed());
        let (found, solved) = match Model::build(problem, &exclusive, false).solve(problem.mip_rel_gap, left) {
            Ok(pair) => pair,
            Err(e) => return Outcome::Failed(e),
        };
        match (found.status, &found.values) {
            (Is::Infeasible | Is::UnboundedOrInfeasible, _) => return infeasible::explain(problem),
            (Is::Optimal | Is::ReachedTimeLimit, Some(values)) => {
                let (plan, cheats) = solved.plan(problem, values);
                if let Some(solution) = accept(problem, &found, plan, started) {
                    return Outcome::Solved(Box::new(solution));
                }
                widen(problem, &mut exclusive, cheats, round);
            }
            (Is::ReachedTimeLimit, None) => return fallback(problem, &found, started),
            (other, _) => return Outcome::Failed(format!("the solver ended with {other:?}")),
        }
        if started.elapsed() >= limit {
            return fallback(problem, &found, started);
        }
    }
    Outcome::Failed("opposite flows could not be told apart".to_owned())
}

/// The plan, if it holds and costs what the model said.
fn accept(problem: &Problem, found: &Found, plan: Plan, started: Instant) -> Option<Solution> {
    if !check(problem, &plan, TOLERANCE).is_empty() {
        return None;
    }
    let value = evaluate(problem, &plan);
    // Netting may only improve on the model; a plan that is dearer than the model said has lost something.
    let slack = 1e-6 * (1.0 + found.objective.abs());
    if value.objective > found.objective + slack.max(1e-4) {
        return None;
    }
    let bound = found.bound;
    let rel_gap = bound.map_or(f64::INFINITY, |b| gap(value.objective, b));
    let proved = found.status == Is::Optimal;
    let best = Candidate { plan, value, rel_gap, proved };
    Some(if proved { best } else { better(problem, best, bound) }.into_solution(started))
}

struct Candidate {
    plan: Plan,
    value: Evaluation,
    rel_gap: f64,
    proved: bool,
}

impl Candidate {
    fn into_solution(self, started: Instant) -> Solution {
        Solution {
            status: if self.proved { Status::Optimal } else { Status::Feasible },
            objective: self.value.objective,
            rel_gap: self.rel_gap,
            solve_ms: started.elapsed().as_secs_f64() * 1e3,
            plan: self.plan,
            cost: self.value.cost,
            carbon_kg: self.value.carbon_kg,
            peak_kw: self.value.peak_kw,
        }
    }
}

fn gap(objective: f64, bound: f64) -> f64 {
    ((objective - bound) / objective.abs().max(1e-9)).max(0.0)
}

/// At the time limit a rule may still be ahead of the solver.
fn better(problem: &Problem, best: Candidate, bound: Option<f64>) -> Candidate {
    let rule = baselines::rule(problem);
    let value = evaluate(problem, &rule.plan);
    if !rule.feasible || value.objective >= best.value.objective {
        return best;
    }
    let rel_gap = bound.map_or(f64::INFINITY, |b| gap(value.objective, b));
    Candidate { plan: rule.plan, value, rel_gap, proved: false }
}

/// Without an incumbent of the solver a rule's plan is the best known, if it holds.
fn fallback(problem: &Problem, found: &Found, started: Instant) -> Outcome {
    let rule = baselines::rule(problem);
    let plain = baselines::none(problem);
    let Some(plan) = [rule, plain].into_iter().find(|b| b.feasible).map(|b| b.plan) else {
        return Outcome::NoPlanInTime { elapsed_s: started.elapsed().as_secs_f64() };
    };
    let value = evaluate(problem, &plan);
    let rel_gap = found.bound.map_or(f64::INFINITY, |b| gap(value.objective, b));
    Outcome::Solved(Box::new(Candidate { plan, value, rel_gap, proved: false }.into_solution(started)))
}

/// More binaries: where it cheated, then everywhere.
fn widen(problem: &Problem, exclusive: &mut Exclusive, cheats: Exclusive, round: usize) {
    let known = exclusive.battery.len() + exclusive.grid.len();
    exclusive.battery.extend(cheats.battery);
    if exclusive.battery.len() + exclusive.grid.len() > known && round + 2 < ROUNDS {
        return;
    }
    for (s, site) in problem.sites.iter().enumerate() {
        exclusive.grid.extend((0..problem.steps).map(|t| (s, t)));
        for (i, _) in site.assets.iter().enumerate().filter(|(_, a)| matches!(a.kind, AssetKind::Battery(_))) {
            exclusive.battery.extend((0..problem.steps).map(|t| (s, i, t)));
        }
    }
}
