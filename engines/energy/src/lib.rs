//! Dispatch of sites: when batteries, chargers, jobs, heat pumps and generators run, as a MILP solved by HiGHS.
//!
//! Pure mathematics: no I/O, no async, no clock but the solver's own time limit. Infeasible is an answer, not an error.
//!
//! Units: powers in kW are means over a step, energies in kWh, prices in one currency per kWh, carbon in kg CO2e.
//! All variables are at least zero; step `t` covers `[t·step_hours, (t+1)·step_hours)`. Formulation: own, after the
//! textbook unit-commitment and storage models (see each module).

mod account;
mod baselines;
mod infeasible;
mod model;
mod parts;
mod problem;
mod simulate;
mod solve;
mod validate;

pub use account::{CostBreakdown, Evaluation, check, evaluate};
pub use baselines::{Baseline, none, rule};
pub use infeasible::Violation;
pub use problem::*;
pub use solve::{Control, Outcome, Solution, Status, solve};
pub use validate::{Invalid, MAX_ASSETS, MAX_CELLS, MAX_STEPS};
