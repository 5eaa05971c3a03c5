//! Wire words to the engine's and back.

use nqba_contracts::energy as wire;
use nqba_core::{Code, Error, FieldError, Result};
use nqba_engine_energy as engine;
use serde_json::json;

/// Longest solve of an inline problem unless told, seconds.
const TIME_LIMIT_S: f64 = 30.0;
const GAP: f64 = 1e-4;

/// An inline problem, checked.
pub(crate) fn problem(given: wire::DispatchProblem, time_limit_max_s: f64) -> Result<engine::Problem> {
    let mut refused = Vec::new();
    if given.currency.len() != 3 || !given.currency.bytes().all(|b| b.is_ascii_uppercase()) {
        refused.push(FieldError::new("/currency", "malformed", "Write the currency's ISO 4217 code, e.g. EUR."));
    }
    let limit = given.time_limit_s.unwrap_or(TIME_LIMIT_S.min(time_limit_max_s));
    if !(limit > 0.0 && limit <= time_limit_max_s) {
        let text = format!("time_limit_s is {limit}; it may be above 0 and at most {time_limit_max_s}.");
        refused.push(FieldError::new("/time_limit_s", "out_of_range", text));
    }
    let problem = engine::Problem {
        step_hours: given.step_hours,
        steps: given.steps,
        objective: objective(given.objective),
        mip_rel_gap: given.mip_rel_gap.unwrap_or(GAP),
        time_limit_s: limit,
        sites: given.sites.into_iter().map(|s| site(s, given.steps)).collect(),
        precedences: given
            .precedences
            .into_iter()
            .map(|p| engine::Precedence { before: p.before, after: p.after, min_gap_steps: p.min_gap_steps })
            .collect(),
        shared_import_max_kw: given.shared_import_max_kw,
    };
    let own = problem.validate().into_iter().filter(|i| i.pointer != "/time_limit_s");
    refused.extend(own.map(|i| FieldError::new(i.pointer, i.code, i.message)));
    if refused.is_empty() { Ok(problem) } else { Err(Error::invalid_fields(refused)) }
}

fn objective(given: wire::DispatchObjective) -> engine::Objective {
    match given.r#type {
        wire::ObjectiveKind::Cost => engine::Objective::Cost,
        wire::ObjectiveKind::Carbon => engine::Objective::Carbon,
        wire::ObjectiveKind::CostPlusCarbon => {
            engine::Objective::CostPlusCarbon { carbon_price_per_kg: given.carbon_price_per_kg }
        }
    }
}

fn site(given: wire::DispatchSite, steps: usize) -> engine::Site {
    let grid = given.grid;
    // An absurd number of steps is refused by the check that follows; it must not be allocated first.
    let zeros = || vec![0.0; steps.min(engine::MAX_STEPS)];
    engine::Site {
        id: given.id,
        grid: engine::Grid {
            import_max_kw: grid.import_max_kw,
            export_max_kw: grid.export_max_kw,
            import_price_per_kwh: grid.import_price_per_kwh,
            export_price_per_kwh: grid.export_price_per_kwh,
            demand_charge_per_kw: grid.demand_charge_per_kw,
            peak_so_far_kw: grid.peak_so_far_kw,
            carbon_kg_per_kwh: grid.carbon_kg_per_kwh.unwrap_or_else(zeros),
        },
        assets: given.assets.into_iter().map(asset).collect(),
    }
}

fn final_op(op: wire::FinalOp) -> engine::FinalOp {
    match op {
        wire::FinalOp::Equal => engine::FinalOp::Equal,
        wire::FinalOp::AtLeast => engine::FinalOp::AtLeast,
    }
}

#[rustfmt::skip]
fn asset(given: wire::DispatchAsset) -> engine::Asset {
    use wire::DispatchAsset as W;
    let (id, kind) = match given {
        W::Load { id, demand_kw } => (id, engine::AssetKind::Load { demand_kw }),
        W::Pv { id, available_kw, curtailable } => (id, engine::AssetKind::Pv { available_kw, curtailable }),
        W::Battery {
            id, charge_max_kw, discharge_max_kw, soc_min_kwh, soc_max_kwh, eta_charge, eta_discharge, soc_initial_kwh,
            soc_final_op, soc_final_kwh, wear_cost_per_kwh_discharged,
        } => (id, engine::AssetKind::Battery(engine::Battery {
            charge_max_kw, discharge_max_kw, soc_min_kwh, soc_max_kwh, eta_charge, eta_discharge, soc_initial_kwh,
            soc_final_op: final_op(soc_final_op), soc_final_kwh, wear_cost_per_kwh_discharged,
        })),
        W::Ev { id, arrive_step, depart_step, charge_max_kw, charge_min_kw, eta_charge, energy_required_kwh } => {
            let ev = engine::Ev {
                arrive_step, depart_step, charge_max_kw, charge_min_kw, eta_charge, energy_required_kwh,
            };
            (id, engine::AssetKind::Ev(ev))
        }
        W::Generator {
            id, power_min_kw, power_max_kw, fuel_cost_per_kwh, start_cost, min_up_steps, min_down_steps, initial_on,
            initial_off_steps, carbon_kg_per_kwh,
        } => (id, engine::AssetKind::Generator(engine::Generator {
            power_min_kw, power_max_kw, fuel_cost_per_kwh, start_cost, min_up_steps, min_down_steps, initial_on,
            initial_off_steps, carbon_kg_per_kwh,
        })),
        W::Job { id, profile_kw, earliest_start_step, latest_end_step } => {
            (id, engine::AssetKind::Job(engine::Job { profile_kw, earliest_start_step, latest_end_step }))
        }
        W::ThermalStorage { id, capacity_kwh, initial_kwh, final_op: op, final_kwh, loss_per_hour, demand_kw_th } => {
            let tank = engine::ThermalStorage {
                capacity_kwh, initial_kwh, final_op: final_op(op), final_kwh, loss_per_hour, demand_kw_th,
            };
            (id, engine::AssetKind::ThermalStorage(tank))
        }
        W::HeatSource { id, power_max_kw, heat_per_kwh, tank } => {
            (id, engine::AssetKind::HeatSource(engine::HeatSource { power_max_kw, heat_per_kwh, tank }))
        }
    };
    engine::Asset { id, kind }
}

/// What both baselines cost.
pub(crate) fn baselines(problem: &engine::Problem) -> wire::Baselines {
    wire::Baselines {
        none: baseline(engine::none(problem), problem.steps),
        rule: baseline(engine::rule(problem), problem.steps),
    }
}

fn baseline(b: engine::Baseline, steps: usize) -> wire::Baseline {
    let sum = |pick: fn(&engine::SitePlan) -> &Vec<f64>| {
        (0..steps).map(|t| b.plan.sites.iter().filter_map(|s| pick(s).get(t)).sum()).collect()
    };
    wire::Baseline {
        import_kw: sum(|s| &s.import_kw),
        export_kw: sum(|s| &s.export_kw),
        name: b.name,
        cost: cost(b.cost),
        carbon_kg: b.carbon_kg,
        peak_kw: b.peak_kw,
        feasible: b.feasible,
    }
}

fn cost(c: engine::CostBreakdown) -> wire::CostBreakdown {
    wire::CostBreakdown {
        energy: c.energy,
        demand: c.demand,
        fuel: c.fuel,
        start: c.start,
        wear: c.wear,
        carbon: c.carbon,
        total: c.total,
    }
}

/// The plan, or why there is none.
pub(crate) fn outcome(
    outcome: engine::Outcome,
    problem: &engine::Problem,
    currency: &str,
    baselines: wire::Baselines,
) -> Result<wire::DispatchResult> {
    let solution = match outcome {
        engine::Outcome::Solved(solution) => *solution,
        engine::Outcome::Infeasible(missed) => return Err(infeasible(&missed)),
        engine::Outcome::NoPlanInTime { elapsed_s } => {
            let text = format!("No plan was found within {elapsed_s:.1} s; allow more time, or ask for less.");
            return Err(Error::invalid("/time_limit_s", "no_plan_in_time", text));
        }
        engine::Outcome::Cancelled => return Err(Error::conflict("The solve was cancelled.")),
        engine::Outcome::Failed(cause) => return Err(Error::internal(cause)),
    };
    let total = solution.cost.total;
    Ok(wire::DispatchResult {
        status: match solution.status {
            engine::Status::Optimal => wire::DispatchStatus::Optimal,
            engine::Status::Feasible => wire::DispatchStatus::Feasible,
        },
        objective: solution.objective,
        rel_gap: solution.rel_gap,
        solve_ms: solution.solve_ms,
        currency: currency.to_owned(),
        cost: cost(solution.cost),
        carbon_kg: solution.carbon_kg,
        peak_kw: solution.peak_kw,
        savings: wire::Savings {
            vs_none: baselines.none.cost.total - total,
            vs_rule: baselines.rule.cost.total - total,
        },
        baselines,
        sites: problem.sites.iter().zip(solution.plan.sites).map(|(s, plan)| site_plan(s, plan)).collect(),
    })
}

fn infeasible(missed: &[engine::Violation]) -> Error {
    let violations: Vec<wire::Violation> = missed
        .iter()
        .map(|v| wire::Violation {
            asset: v.asset.clone(),
            limit: v.limit.clone(),
            from_step: v.from_step,
            to_step: v.to_step,
            amount: v.amount,
            unit: v.unit.to_owned(),
            message: v.message.clone(),
        })
        .collect();
    let text = match missed {
        [one] => one.message.clone(),
        many => format!("{} requirements cannot hold together.", many.len()),
    };
    Error::new(Code::Infeasible, text).with_extra(json!({ "violations": violations }))
}

fn site_plan(site: &engine::Site, plan: engine::SitePlan) -> wire::SitePlan {
    let assets = site.assets.iter().zip(plan.assets).map(|(asset, p)| wire::AssetPlan {
        id: p.id,
        r#type: asset.kind.name().to_owned(),
        power_kw: p.power_kw,
        used_kw: p.used_kw,
        curtailed_kw: p.curtailed_kw,
        charge_kw: p.charge_kw,
        discharge_kw: p.discharge_kw,
        soc_kwh: p.soc_kwh,
        start_step: p.start_step,
        on: p.on,
    });
    wire::SitePlan { id: plan.id, import_kw: plan.import_kw, export_kw: plan.export_kw, assets: assets.collect() }
}
