//! Small problems, put together in a line.

use nqba_engine_energy::*;

pub(crate) fn grid(steps: usize, import: &[f64], export: f64) -> Grid {
    Grid {
        import_max_kw: 100.0,
        export_max_kw: 100.0,
        import_price_per_kwh: (0..steps).map(|t| import[t % import.len()]).collect(),
        export_price_per_kwh: vec![export; steps],
        demand_charge_per_kw: 0.0,
        peak_so_far_kw: 0.0,
        carbon_kg_per_kwh: vec![0.0; steps],
    }
}

pub(crate) fn problem(steps: usize, grid: Grid, assets: Vec<AssetKind>) -> Problem {
    let assets = assets.into_iter().enumerate().map(|(i, kind)| Asset { id: format!("a{i}"), kind }).collect();
    Problem {
        step_hours: 1.0,
        steps,
        objective: Objective::Cost,
        mip_rel_gap: 1e-6,
        time_limit_s: 20.0,
        sites: vec![Site { id: "s".into(), grid, assets }],
        precedences: Vec::new(),
        shared_import_max_kw: None,
    }
}

pub(crate) fn load(kw: &[f64]) -> AssetKind {
    AssetKind::Load { demand_kw: kw.to_vec() }
}

pub(crate) fn battery(kw: f64, kwh: f64, eta: f64) -> Battery {
    Battery {
        charge_max_kw: kw,
        discharge_max_kw: kw,
        soc_min_kwh: 0.0,
        soc_max_kwh: kwh,
        eta_charge: eta,
        eta_discharge: eta,
        soc_initial_kwh: 0.0,
        soc_final_op: FinalOp::AtLeast,
        soc_final_kwh: 0.0,
        wear_cost_per_kwh_discharged: 0.0,
    }
}

pub(crate) fn generator(min: f64, max: f64, fuel: f64) -> Generator {
    Generator {
        power_min_kw: min,
        power_max_kw: max,
        fuel_cost_per_kwh: fuel,
        start_cost: 0.0,
        min_up_steps: 0,
        min_down_steps: 0,
        initial_on: false,
        initial_off_steps: None,
        carbon_kg_per_kwh: 0.0,
    }
}

pub(crate) fn solved(problem: &Problem) -> Solution {
    assert_eq!(problem.validate(), [], "the test's problem is valid");
    match solve(problem, &Control::default()) {
        Outcome::Solved(s) => {
            assert_eq!(check(problem, &s.plan, 1e-4), [], "the plan holds");
            assert_eq!(s.status, Status::Optimal);
            *s
        }
        other => panic!("no plan: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn costs(problem: &Problem, expected: f64) -> Solution {
    let s = solved(problem);
    assert!((s.objective - expected).abs() < 1e-4, "objective {} instead of {expected}: {:#?}", s.objective, s.plan);
    s
}

pub(crate) fn infeasible(problem: &Problem) -> Vec<Violation> {
    assert_eq!(problem.validate(), [], "the test's problem is valid");
    match solve(problem, &Control::default()) {
        Outcome::Infeasible(v) => v,
        other => panic!("not infeasible: {other:?}"),
    }
}
