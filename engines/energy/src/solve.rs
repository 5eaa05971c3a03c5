//! Solves a problem: relaxed where that is exact, with more binaries where the relaxation cheats, with an answer always.

use crate::{
    account::{CostBreakdown, Evaluation, check, evaluate},
    baselines,
    infeasible::{self, Violation},
    model::{Exclusive, Found, Limits, Model, Solved},
    parts,
    problem::*,
};
use highs::HighsModelStatus as Is;
use std::time::{Duration, Instant};

/// Constraints hold within this, kW or kWh: a tenth of what is promised.
const TOLERANCE: f64 = 1e-5;
/// Longest solve with every binary held.
const POLISH: Duration = Duration::from_secs(10);
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
    pub(crate) fn progress(&self, ratio: f64) {
        if let Some(tell) = self.progress {
            tell(ratio);
        }
    }
    fn is_cancelled(&self) -> bool {
        self.cancelled.is_some_and(|ask| ask())
    }
}

/// Solves a problem; one that [`Problem::validate`] refuses is [`Outcome::Failed`].
#[must_use]
pub fn solve(problem: &Problem, control: &Control<'_>) -> Outcome {
    let started = Instant::now();
    if let Some(invalid) = problem.validate().first() {
        return Outcome::Failed(format!("{}: {}", invalid.pointer, invalid.message));
    }
    if let Some(outcome) = parts::by_parts(problem, control, started) {
        return outcome;
    }
    let limit = Duration::from_secs_f64(problem.time_limit_s);
    let whole = within(problem, control, limit.saturating_sub(started.elapsed()));
    match whole {
        Outcome::Solved(mut s) => {
            s.solve_ms = started.elapsed().as_secs_f64() * 1e3;
            Outcome::Solved(s)
        }
        other => other,
    }
}

/// Solves a valid problem as a whole within a time.
pub(crate) fn within(problem: &Problem, control: &Control<'_>, limit: Duration) -> Outcome {
    let started = Instant::now();
    let mut exclusive = Exclusive::from_prices(problem);
    let mut presolve = true;
    for round in 0..=ROUNDS {
        if control.is_cancelled() {
            return Outcome::Cancelled;
        }
        control.progress(round as f64 / (ROUNDS + 1) as f64);
        let limits = Limits { gap: problem.mip_rel_gap, time: limit.saturating_sub(started.elapsed()), presolve };
        let (found, solved) = match Model::build(problem, &exclusive, false).solve(limits) {
            Ok(pair) => pair,
            Err(e) => return Outcome::Failed(e),
        };
        match (found.status, &found.values) {
            (Is::Infeasible | Is::UnboundedOrInfeasible, _) => match infeasible::explain(problem, &exclusive) {
                // Presolve has been seen to call a sound model infeasible: without it, once more.
                Ok(missed) if missed.is_empty() && presolve => presolve = false,
                Ok(missed) if missed.is_empty() => return Outcome::Failed("infeasible, yet nothing is missed".into()),
                Ok(missed) => return Outcome::Infeasible(missed),
                Err(e) => return Outcome::Failed(e),
            },
            (Is::Optimal | Is::ReachedTimeLimit, Some(values)) => {
                match read(problem, &exclusive, &found, &solved, values) {
                    Ok(plan) => return Outcome::Solved(Box::new(finish(problem, &found, plan, started))),
                    Err(cheats) => widen(problem, &mut exclusive, cheats, round),
                }
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

/// The plan that the values mean, if it holds; if not, once more with the binaries held at whole numbers, and if that
/// does not hold either, where opposite flows were used at once.
fn read(
    problem: &Problem,
    exclusive: &Exclusive,
    found: &Found,
    solved: &Solved,
    values: &[f64],
) -> Result<Plan, Exclusive> {
    let (plan, cheats) = solved.plan(problem, values);
    if holds(problem, found.objective, &plan) {
        return Ok(plan);
    }
    let mut model = Model::build(problem, exclusive, false);
    if !cheats.is_empty() || !model.is_mip() {
        return Err(cheats);
    }
    model.fix(values);
    let limits = Limits { gap: 0.0, time: POLISH, presolve: true };
    if let Ok((fixed, solved)) = model.solve(limits)
        && let Some(values) = &fixed.values
    {
        let (plan, _) = solved.plan(problem, values);
        // Held at whole numbers it may cost a little more than the solver said, never more than the gap allows.
        if holds(problem, fixed.objective, &plan) && gap(fixed.objective, found.bound) <= allowed_gap(problem, found) {
            return Ok(plan);
        }
    }
    Err(cheats)
}

/// The gap that a plan may show: the one asked for when the optimum is proved, any at the time limit.
fn allowed_gap(problem: &Problem, found: &Found) -> f64 {
    if found.status == Is::Optimal { problem.mip_rel_gap.max(1e-6) } else { f64::INFINITY }
}

/// Whether a plan keeps every limit and costs what the model said. Netting opposite flows may only improve on the
/// model: a plan that is dearer than the model said has lost something.
fn holds(problem: &Problem, objective: f64, plan: &Plan) -> bool {
    check(problem, plan, TOLERANCE).is_empty()
        && evaluate(problem, plan).objective <= objective + 1e-6 * objective.abs().max(1.0)
}

fn finish(problem: &Problem, found: &Found, plan: Plan, started: Instant) -> Solution {
    let value = evaluate(problem, &plan);
    let proved = found.status == Is::Optimal;
    let best = Candidate { rel_gap: gap(value.objective, found.bound), plan, value, proved };
    if proved { best } else { better(problem, best, found.bound) }.into_solution(started)
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

/// Relative gap between an objective and its bound; none where they differ by less than the solver can tell.
pub(crate) fn gap(objective: f64, bound: f64) -> f64 {
    let apart = objective - bound;
    if apart <= 1e-7 { 0.0 } else { apart / objective.abs().max(1e-9) }
}

/// At the time limit a rule may still be ahead of the solver.
fn better(problem: &Problem, best: Candidate, bound: f64) -> Candidate {
    let rule = baselines::rule(problem);
    let value = evaluate(problem, &rule.plan);
    if !rule.feasible || value.objective >= best.value.objective {
        return best;
    }
    let rel_gap = gap(value.objective, bound);
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
    let rel_gap = gap(value.objective, found.bound);
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
