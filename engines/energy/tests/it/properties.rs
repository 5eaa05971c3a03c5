//! What holds for every problem.

use crate::support::problem;
use nqba_engine_energy::*;
use proptest::prelude::*;

const STEPS: usize = 8;

fn series(range: std::ops::Range<f64>) -> impl Strategy<Value = Vec<f64>> {
    proptest::collection::vec(range.prop_map(|v| (v * 100.0).round() / 100.0), STEPS)
}

fn asset() -> impl Strategy<Value = AssetKind> {
    let battery = (1.0..10.0, 1.0..20.0, 0.5..1.0, 0.0..1.0, any::<bool>(), 0.0..0.1).prop_map(
        |(kw, kwh, eta, start, exact, wear)| {
            AssetKind::Battery(Battery {
                charge_max_kw: kw,
                discharge_max_kw: kw,
                soc_min_kwh: 0.1 * kwh,
                soc_max_kwh: kwh,
                eta_charge: eta,
                eta_discharge: eta,
                soc_initial_kwh: kwh * (0.1 + 0.9 * start),
                soc_final_op: if exact { FinalOp::Equal } else { FinalOp::AtLeast },
                soc_final_kwh: kwh * (0.1 + 0.9 * start),
                wear_cost_per_kwh_discharged: wear,
            })
        },
    );
    let ev = (0..4usize, 5..=STEPS, 1.0..8.0, 0.0..1.0, 0.0..1.0).prop_map(|(a, d, max, min, share)| {
        AssetKind::Ev(Ev {
            arrive_step: a,
            depart_step: d,
            charge_max_kw: max,
            charge_min_kw: if min > 0.5 { 0.4 * max } else { 0.0 },
            eta_charge: 0.9,
            energy_required_kwh: 0.9 * max * (d - a) as f64 * share,
        })
    });
    let generator =
        (0.0..3.0, 3.0..9.0, 0.0..0.5, 0.0..2.0, 0..4usize, 0..4usize).prop_map(|(min, max, fuel, start, up, down)| {
            AssetKind::Generator(Generator {
                power_min_kw: min,
                power_max_kw: max,
                fuel_cost_per_kwh: fuel,
                start_cost: start,
                min_up_steps: up,
                min_down_steps: down,
                initial_on: false,
                initial_off_steps: None,
                carbon_kg_per_kwh: 0.3,
            })
        });
    let job = (proptest::collection::vec(0.0..5.0, 1..3), 0..4usize).prop_map(|(profile, start)| {
        AssetKind::Job(Job { profile_kw: profile, earliest_start_step: start, latest_end_step: STEPS })
    });
    prop_oneof![
        3 => series(0.0..10.0).prop_map(|demand_kw| AssetKind::Load { demand_kw }),
        2 => (series(0.0..12.0), any::<bool>()).prop_map(|(available_kw, curtailable)| AssetKind::Pv { available_kw, curtailable }),
        3 => battery,
        2 => ev,
        1 => generator,
        1 => job,
    ]
}

prop_compose! {
    fn any_problem()(
        assets in proptest::collection::vec(asset(), 1..5),
        import in series(-0.2..0.6),
        export in series(-0.1..0.4),
        carbon in series(0.0..1.0),
        limits in (5.0..40.0, 0.0..20.0),
        demand in prop_oneof![Just(0.0), 0.1..5.0],
        objective in prop_oneof![Just(Objective::Cost), Just(Objective::Carbon), Just(Objective::CostPlusCarbon { carbon_price_per_kg: 0.1 })],
    ) -> Problem {
        let grid = Grid {
            import_max_kw: limits.0,
            export_max_kw: limits.1,
            import_price_per_kwh: import,
            export_price_per_kwh: export,
            demand_charge_per_kw: demand,
            peak_so_far_kw: 0.0,
            carbon_kg_per_kwh: carbon,
        };
        Problem { objective, ..problem(STEPS, grid, assets) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// A plan keeps every constraint, costs what it says, and is no worse than what a rule would do; and when there is
    /// none, what is missed is named and no baseline holds either.
    #[test]
    fn a_plan_holds_and_no_rule_beats_it(p in any_problem()) {
        prop_assert_eq!(p.validate(), []);
        let baselines = [none(&p), rule(&p)];
        match solve(&p, &Control::default()) {
            Outcome::Solved(s) => {
                prop_assert_eq!(check(&p, &s.plan, 1e-4), []);
                let value = evaluate(&p, &s.plan);
                prop_assert!((value.objective - s.objective).abs() < 1e-9);
                for b in baselines.iter().filter(|b| b.feasible) {
                    let theirs = evaluate(&p, &b.plan).objective;
                    prop_assert!(s.objective <= theirs + 1e-4 * theirs.abs().max(1.0), "{} < {}: {}", theirs, s.objective, b.name);
                }
            }
            Outcome::Infeasible(v) => {
                prop_assert!(!v.is_empty() && v.iter().all(|v| v.amount > 0.0 && !v.message.is_empty()));
                prop_assert!(baselines.iter().all(|b| !b.feasible));
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    /// Whatever is given, the check answers and does not panic.
    #[test]
    fn validation_survives_anything(
        mut p in any_problem(),
        numbers in proptest::collection::vec(prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-1.0), any::<f64>()], 6),
        steps in prop_oneof![Just(0), Just(usize::MAX), 0..20usize],
    ) {
        p.steps = steps;
        p.step_hours = numbers[0];
        let _ = p.validate();
        p.step_hours = 1.0;
        p.sites[0].grid.import_max_kw = numbers[1];
        p.sites[0].grid.import_price_per_kwh = numbers.clone();
        let _ = p.validate();
    }
}
