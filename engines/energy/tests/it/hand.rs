//! Problems small enough to solve by hand; the reckoning stands beside each.

use crate::support::*;
use nqba_engine_energy::*;

#[test]
fn a_battery_earns_the_spread_less_its_losses() {
    // Charge 10 kWh at 0.10 (1.00), 9 arrive; 9·0.9 = 8.1 come out at 0.50. Load 10: 1.00 + 1.00 + (10 − 8.1)·0.50.
    let p =
        problem(2, grid(2, &[0.1, 0.5], 0.0), vec![load(&[10.0, 10.0]), AssetKind::Battery(battery(10.0, 20.0, 0.9))]);
    let s = costs(&p, 1.0 + 1.0 + 1.9 * 0.5);
    assert!((s.plan.sites[0].assets[1].soc_kwh.as_ref().unwrap()[0] - 9.0).abs() < 1e-6);
}

#[test]
fn wear_above_the_spread_leaves_the_battery_idle() {
    let b = Battery { wear_cost_per_kwh_discharged: 0.5, ..battery(10.0, 20.0, 1.0) };
    let p = problem(2, grid(2, &[0.1, 0.5], 0.0), vec![load(&[10.0, 10.0]), AssetKind::Battery(b)]);
    costs(&p, 1.0 + 5.0);
}

#[test]
fn a_demand_charge_flattens_the_peak() {
    // Price 0, 10 per kW: load 0 and 10, a lossless battery of 5 kW: import 5 and 5, charge 50.
    let g = Grid { demand_charge_per_kw: 10.0, ..grid(2, &[0.0], 0.0) };
    let assets = vec![load(&[0.0, 10.0]), AssetKind::Battery(battery(5.0, 5.0, 1.0))];
    costs(&problem(2, g.clone(), assets.clone()), 50.0);
    // The month's peak of 8 kW is charged already: nothing below it can be saved.
    costs(&problem(2, Grid { peak_so_far_kw: 8.0, ..g }, assets), 80.0);
}

#[test]
fn a_vehicle_charges_at_its_minimum_power_or_not_at_all() {
    // 6 kWh, 4 to 6 kW, prices 1, 2, 10: 6 kWh in step 0 cost 6; without the minimum the same.
    let ev = |need, min| {
        AssetKind::Ev(Ev {
            arrive_step: 0,
            depart_step: 3,
            charge_max_kw: 6.0,
            charge_min_kw: min,
            eta_charge: 1.0,
            energy_required_kwh: need,
        })
    };
    costs(&problem(3, grid(3, &[1.0, 2.0, 10.0], 0.0), vec![ev(6.0, 4.0)]), 6.0);
    // 8 kWh: without a minimum 6·1 + 2·2 = 10; with 4 kW at least: 4·1 + 4·2 = 12.
    costs(&problem(3, grid(3, &[1.0, 2.0, 10.0], 0.0), vec![ev(8.0, 0.0)]), 10.0);
    costs(&problem(3, grid(3, &[1.0, 2.0, 10.0], 0.0), vec![ev(8.0, 4.0)]), 12.0);
}

#[test]
fn a_generator_keeps_its_minimum_times() {
    // Load 10 in each of 4 steps; grid 1, 9, 1, 9 per kWh; fuel 2, start 3. Free to switch: 10 + 20+3 + 10 + 20+3 = 66.
    let gen_ =
        |up, down| Generator { start_cost: 3.0, min_up_steps: up, min_down_steps: down, ..generator(10.0, 10.0, 2.0) };
    let p = |g| problem(4, grid(4, &[1.0, 9.0, 1.0, 9.0], 0.0), vec![load(&[10.0; 4]), AssetKind::Generator(g)]);
    costs(&p(gen_(1, 1)), 66.0);
    // On for at least 3: one start, steps 1 to 3: 10 + 3 + 60 = 73; off for at least 2 gives the same plan.
    costs(&p(gen_(3, 1)), 73.0);
    costs(&p(gen_(1, 2)), 73.0);
    // Off for one step before, three needed: held off in steps 0 and 1 → 10 + 90 + 10 + 23 = 133.
    costs(&p(Generator { initial_off_steps: Some(1), ..gen_(1, 3) }), 133.0);
}

#[test]
fn jobs_move_to_cheap_steps_in_their_order() {
    let job = |window: (usize, usize)| {
        AssetKind::Job(Job { profile_kw: vec![2.0, 1.0], earliest_start_step: window.0, latest_end_step: window.1 })
    };
    let prices = [9.0, 1.0, 1.0, 5.0, 2.0, 3.0];
    // Alone: start 1: 2·1 + 1·1 = 3.
    let mut p = problem(6, grid(6, &prices, 0.0), vec![job((0, 6)), job((0, 6))]);
    costs(&p, 6.0);
    // a1 after a0 with one step between: a0 at 1 (3), a1 at 4 (2·2 + 3 = 7).
    p.precedences = vec![Precedence { before: "a0".into(), after: "a1".into(), min_gap_steps: 1 }];
    let s = costs(&p, 10.0);
    assert_eq!(s.plan.sites[0].assets.iter().map(|a| a.start_step).collect::<Vec<_>>(), [Some(1), Some(4)]);
}

#[test]
fn heat_is_made_when_power_is_cheap_and_losses_allow() {
    // Demand 4 kW thermal in step 1 only; COP 2; 1 kW then 10 per kWh; half is lost per hour: 8 kWh of heat needed in
    // step 0 to have 4 in step 1, 4 kW electric = 4; against 2 kW at 10 = 20.
    let tank = ThermalStorage {
        capacity_kwh: 10.0,
        initial_kwh: 0.0,
        final_op: FinalOp::AtLeast,
        final_kwh: 0.0,
        loss_per_hour: 0.5,
        demand_kw_th: vec![0.0, 4.0],
    };
    let pump = HeatSource { power_max_kw: 5.0, heat_per_kwh: vec![2.0; 2], tank: "a0".into() };
    let p = problem(2, grid(2, &[1.0, 10.0], 0.0), vec![AssetKind::ThermalStorage(tank), AssetKind::HeatSource(pump)]);
    costs(&p, 4.0);
}

#[test]
fn at_negative_prices_nothing_is_wasted_through_the_battery() {
    // Paid 1 per kWh imported, no export: load 1, battery 10 kW, 5 kWh, eta 0.5. Charging and discharging at once would
    // burn energy for money; exclusive, the battery takes 10 kW in one step (5 kWh in) and must not cheat after.
    let g = Grid { export_max_kw: 0.0, ..grid(2, &[-1.0], -1.0) };
    let p = problem(2, g, vec![load(&[1.0, 1.0]), AssetKind::Battery(battery(10.0, 5.0, 0.5))]);
    // Best: charge 10 (in all −11 −1) or discharge in between gains nothing: 2 + 10 kWh imported.
    costs(&p, -12.0);
}

#[test]
fn import_below_the_export_price_is_no_money_machine() {
    // Buying at 0.1 and selling at 0.3 in the same step is forbidden; solar 5, load 0: sell 5.
    let pv = AssetKind::Pv { available_kw: vec![5.0], curtailable: true };
    costs(&problem(1, grid(1, &[0.1], 0.3), vec![pv]), -1.5);
}

#[test]
fn solar_power_is_curtailed_where_export_costs() {
    let pv = |curtailable| AssetKind::Pv { available_kw: vec![5.0], curtailable };
    costs(&problem(1, grid(1, &[1.0], -0.2), vec![pv(true)]), 0.0);
    costs(&problem(1, grid(1, &[1.0], -0.2), vec![pv(false)]), 1.0);
}

#[test]
fn carbon_is_minimised_instead_of_money() {
    // 10 kWh over two steps by vehicle: cheap and dirty, dear and clean.
    let ev = AssetKind::Ev(Ev {
        arrive_step: 0,
        depart_step: 2,
        charge_max_kw: 10.0,
        charge_min_kw: 0.0,
        eta_charge: 1.0,
        energy_required_kwh: 10.0,
    });
    let g = Grid { carbon_kg_per_kwh: vec![1.0, 0.1], ..grid(2, &[0.1, 0.3], 0.0) };
    let mut p = problem(2, g, vec![ev]);
    costs(&p, 1.0);
    p.objective = Objective::Carbon;
    let s = costs(&p, 1.0);
    assert!((s.cost.total - 3.0).abs() < 1e-6 && (s.carbon_kg - 1.0).abs() < 1e-6);
    // At 0.1 per kg: dirty 1 + 1 = 2, clean 3 + 0.1 = 3.1; at 1 per kg: 11 against 4.
    p.objective = Objective::CostPlusCarbon { carbon_price_per_kg: 0.1 };
    costs(&p, 2.0);
    p.objective = Objective::CostPlusCarbon { carbon_price_per_kg: 1.0 };
    costs(&p, 4.0);
}

#[test]
fn sites_share_a_limit() {
    let ev = |id: &str| Asset {
        id: id.into(),
        kind: AssetKind::Ev(Ev {
            arrive_step: 0,
            depart_step: 2,
            charge_max_kw: 10.0,
            charge_min_kw: 0.0,
            eta_charge: 1.0,
            energy_required_kwh: 10.0,
        }),
    };
    let site =
        |id: &str| Site { id: id.into(), grid: grid(2, &[1.0, 2.0], 0.0), assets: vec![ev(&format!("{id}-ev"))] };
    let mut p = problem(2, grid(2, &[1.0], 0.0), vec![]);
    p.sites = vec![site("x"), site("y")];
    costs(&p, 20.0);
    p.shared_import_max_kw = Some(12.0);
    // 12 kWh at 1, 8 at 2.
    costs(&p, 28.0);
    p.shared_import_max_kw = Some(9.0);
    let v = infeasible(&p);
    assert!((v.iter().map(|v| v.amount).sum::<f64>() - 2.0).abs() < 1e-3, "{v:?}");
}

#[test]
fn what_cannot_be_met_is_named_with_what_is_in_the_way() {
    // 16 steps at 11 kW from the charger, but 12 kW of connection with 8 kW of load in 9 of them.
    let demand: Vec<f64> = (0..16).map(|t| if t < 9 { 8.0 } else { 0.0 }).collect();
    let ev = AssetKind::Ev(Ev {
        arrive_step: 0,
        depart_step: 16,
        charge_max_kw: 11.0,
        charge_min_kw: 0.0,
        eta_charge: 1.0,
        energy_required_kwh: 133.0,
    });
    let g = Grid { import_max_kw: 12.0, ..grid(16, &[0.3], 0.0) };
    let v = infeasible(&problem(16, g, vec![load(&demand), ev]));
    assert_eq!(v.len(), 1);
    // 9·4 + 7·11 = 113 of 133.
    assert!((v[0].amount - 20.0).abs() < 1e-3 && v[0].asset == "a1" && v[0].limit == "energy_required_kwh");
    assert!(
        v[0].message.contains("misses 20.0 kWh by step 16") && v[0].message.contains("12 kW binds in 9 of 16"),
        "{}",
        v[0].message
    );
}

#[test]
fn who_only_gave_way_is_not_blamed() {
    // Load 60 on a connection of 50. The battery could help a little and would then end too low; it must not: the
    // load alone is what cannot be met, by 10 kW less what the battery may give.
    let b = Battery { soc_initial_kwh: 2.0, soc_final_kwh: 2.0, ..battery(1.0, 4.0, 0.9) };
    let g = Grid { import_max_kw: 50.0, ..grid(3, &[0.1], 0.0) };
    let p = problem(3, g, vec![load(&[1.0, 60.0, 60.0]), AssetKind::Battery(b)]);
    let Outcome::Infeasible(missed) = solve(&p, &Control::default()) else { panic!("it cannot be met") };
    let named: Vec<_> = missed.iter().map(|v| (v.asset.as_str(), v.limit.as_str())).collect();
    assert_eq!(named, [("grid", "import_max_kw")], "{missed:?}");
}

#[test]
fn unreachable_ends_and_unserved_loads_are_named() {
    let b = Battery { soc_final_kwh: 20.0, ..battery(5.0, 20.0, 1.0) };
    let v = infeasible(&problem(2, grid(2, &[1.0], 0.0), vec![AssetKind::Battery(b)]));
    assert!(v.len() == 1 && v[0].limit == "soc_final_kwh" && (v[0].amount - 10.0).abs() < 1e-3, "{v:?}");
    let v = infeasible(&problem(2, grid(2, &[1.0], 0.0), vec![load(&[50.0, 130.0])]));
    assert!(v[0].limit == "import_max_kw" && v[0].from_step == 1 && (v[0].amount - 30.0).abs() < 1e-3, "{v:?}");
    let pv = AssetKind::Pv { available_kw: vec![130.0], curtailable: false };
    let v = infeasible(&problem(1, grid(1, &[1.0], 0.0), vec![pv]));
    assert!(v[0].limit == "export_max_kw" && (v[0].amount - 30.0).abs() < 1e-3, "{v:?}");
}

#[test]
fn at_the_time_limit_the_best_plan_known_is_given() {
    let job = |k: usize| {
        AssetKind::Job(Job {
            profile_kw: vec![1.0 + (k % 7) as f64; 5 + k % 4],
            earliest_start_step: 0,
            latest_end_step: 96,
        })
    };
    let prices: Vec<f64> = (0..96).map(|t| 1.0 + ((t * 37) % 11) as f64 / 10.0).collect();
    let g = Grid { demand_charge_per_kw: 3.0, ..grid(96, &prices, 0.0) };
    let mut p = problem(96, g, (0..40).map(job).collect());
    p.time_limit_s = 0.05;
    match solve(&p, &Control::default()) {
        Outcome::Solved(s) => assert!(check(&p, &s.plan, 1e-4).is_empty() && s.rel_gap >= 0.0),
        other => panic!("{other:?}"),
    }
}

#[test]
fn sites_that_share_nothing_are_solved_apart_and_told_together() {
    // Each vehicle needs 4 kWh at exactly 4 kW in one of two steps, prices 1 and 2: 4 each, 8 together. Sharing 6 kW,
    // one of them must take the dear step: 4 + 8 = 12.
    let ev = |id: &str| Asset {
        id: id.into(),
        kind: AssetKind::Ev(Ev {
            arrive_step: 0,
            depart_step: 2,
            charge_max_kw: 4.0,
            charge_min_kw: 4.0,
            eta_charge: 1.0,
            energy_required_kwh: 4.0,
        }),
    };
    let site =
        |id: &str| Site { id: id.into(), grid: grid(2, &[1.0, 2.0], 0.0), assets: vec![ev(&format!("{id}-ev"))] };
    let mut p = problem(2, grid(2, &[1.0], 0.0), vec![]);
    p.sites = vec![site("x"), site("y")];
    let s = costs(&p, 8.0);
    assert_eq!(s.plan.sites.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(), ["x", "y"]);
    p.shared_import_max_kw = Some(8.0);
    costs(&p, 8.0);
    p.shared_import_max_kw = Some(6.0);
    costs(&p, 12.0);
    // A job of y that waits for one of x ties them: x in step 0, y after it in step 1.
    p.shared_import_max_kw = None;
    let job = |id: &str| Asset {
        id: id.into(),
        kind: AssetKind::Job(Job { profile_kw: vec![1.0], earliest_start_step: 0, latest_end_step: 2 }),
    };
    p.sites[0].assets.push(job("first"));
    p.sites[1].assets.push(job("second"));
    p.precedences = vec![Precedence { before: "first".into(), after: "second".into(), min_gap_steps: 0 }];
    costs(&p, 8.0 + 1.0 + 2.0);
    // Both sites are short: both are named.
    p.precedences.clear();
    p.sites.iter_mut().for_each(|s| s.grid.import_max_kw = 3.0);
    let mut named: Vec<String> = infeasible(&p).into_iter().map(|v| v.asset).collect();
    named.sort();
    assert_eq!(named, ["x-ev", "y-ev"]);
}

#[test]
fn an_amount_between_two_powers_is_named_as_such() {
    // 3 kWh at exactly 4 kW, hourly steps: 0 or 4 kWh, never 3.
    let ev = AssetKind::Ev(Ev {
        arrive_step: 0,
        depart_step: 2,
        charge_max_kw: 6.0,
        charge_min_kw: 4.0,
        eta_charge: 1.0,
        energy_required_kwh: 3.0,
    });
    let v = infeasible(&problem(2, grid(2, &[1.0], 0.0), vec![ev]));
    assert!(v.len() == 1 && v[0].limit == "energy_required_kwh", "{v:?}");
    assert!(v[0].message.contains("minimum power of 4 kW"), "{}", v[0].message);
}

#[test]
fn an_invalid_problem_fails_without_a_panic() {
    let mut p = problem(2, grid(2, &[1.0], 0.0), vec![load(&[1.0])]);
    assert!(matches!(solve(&p, &Control::default()), Outcome::Failed(_)));
    p.steps = 0;
    assert!(matches!(solve(&p, &Control::default()), Outcome::Failed(_)));
}

#[test]
fn without_control_everything_happens_as_it_comes() {
    // Vehicle: 7 kWh at 2 to 5 kW from step 1: 5, then 2. Heat: 2 kW thermal demand a step, 3 kWh stored, a source of 1 kW
    // at 2: the store lasts for step 0 and half of step 1, so 0, 0.5, 1, 1 kW. Battery idle.
    let ev = AssetKind::Ev(Ev {
        arrive_step: 1,
        depart_step: 4,
        charge_max_kw: 5.0,
        charge_min_kw: 2.0,
        eta_charge: 1.0,
        energy_required_kwh: 7.0,
    });
    let tank = ThermalStorage {
        capacity_kwh: 5.0,
        initial_kwh: 3.0,
        final_op: FinalOp::AtLeast,
        final_kwh: 0.0,
        loss_per_hour: 0.0,
        demand_kw_th: vec![2.0; 4],
    };
    let pump = HeatSource { power_max_kw: 1.0, heat_per_kwh: vec![2.0; 4], tank: "a2".into() };
    let assets = vec![
        AssetKind::Battery(battery(5.0, 10.0, 1.0)),
        ev,
        AssetKind::ThermalStorage(tank),
        AssetKind::HeatSource(pump),
    ];
    let p = problem(4, grid(4, &[1.0], 0.0), assets);
    let b = none(&p);
    assert!(b.feasible, "{:?}", b.violations);
    assert_eq!(b.plan.sites[0].import_kw, [0.0, 5.5, 3.0, 1.0]);
    assert!((b.cost.total - 9.5).abs() < 1e-9);
}

#[test]
fn the_rule_shaves_the_peak_and_ends_as_it_must() {
    // Load 2, 2, 8, 2; 10 per kW; a lossless battery of 4.5 kWh that starts and ends empty, so only the steps before the
    // peak can fill it: the best peak is (2 + 2 + 8) / 3 = 4 kW, 40 + 14·0.1. Without control 8 kW are charged.
    let g = Grid { demand_charge_per_kw: 10.0, ..grid(4, &[0.1], 0.0) };
    let b = Battery { soc_final_op: FinalOp::Equal, ..battery(4.5, 4.5, 1.0) };
    let p = problem(4, g, vec![load(&[2.0, 2.0, 8.0, 2.0]), AssetKind::Battery(b)]);
    let r = rule(&p);
    assert!(r.feasible && r.cost.total < none(&p).cost.total, "{r:?}");
    let s = costs(&p, 40.0 + 1.4);
    assert!(s.objective <= r.cost.total + 1e-6);
}

#[test]
fn the_rule_buys_nothing_that_is_left_over_at_the_end() {
    // Cheap, dear, cheap; load 2. Bought cheap before and used where it is dear: all 12 kWh at 1. What the last cheap
    // steps would put into the battery is worth nothing any more.
    let p = problem(
        6,
        grid(6, &[1.0, 1.0, 4.0, 4.0, 1.0, 1.0], 0.0),
        vec![load(&[2.0; 6]), AssetKind::Battery(battery(4.0, 4.0, 1.0))],
    );
    let r = rule(&p);
    assert!((r.cost.total - 12.0).abs() < 1e-9, "{r:?}");
    costs(&p, 12.0);
}

#[test]
fn a_generator_just_switched_off_stays_off_even_without_a_start_cost() {
    // Load 10, grid 9, fuel 2. Off for 0 of the 1 step it must be: step 0 from the grid, 90, then 20.
    let g = Generator { min_down_steps: 1, initial_off_steps: Some(0), ..generator(0.0, 10.0, 2.0) };
    let assets = |g| vec![load(&[10.0; 2]), AssetKind::Generator(g)];
    costs(&problem(2, grid(2, &[9.0], 0.0), assets(g.clone())), 110.0);
    costs(&problem(2, grid(2, &[9.0], 0.0), assets(Generator { initial_off_steps: None, ..g })), 40.0);
}
