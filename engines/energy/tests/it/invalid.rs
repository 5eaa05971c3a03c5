//! Problems that must be refused, each at its field.

use crate::support::*;
use nqba_engine_energy::*;

#[track_caller]
fn refused(p: &Problem, pointer: &str) {
    let found = p.validate();
    assert!(found.iter().any(|i| i.pointer == pointer), "{pointer} is not among {found:?}");
}

#[test]
fn each_wrong_field_is_named() {
    let with = |kind: AssetKind| problem(2, grid(2, &[1.0], 0.0), vec![kind]);
    let b = battery(1.0, 1.0, 1.0);
    refused(&with(AssetKind::Battery(Battery { soc_max_kwh: -1.0, ..b.clone() })), "/sites/0/assets/0/soc_max_kwh");
    refused(&with(AssetKind::Battery(Battery { eta_charge: 0.0, ..b.clone() })), "/sites/0/assets/0/eta_charge");
    refused(&with(AssetKind::Battery(Battery { eta_discharge: 1.1, ..b.clone() })), "/sites/0/assets/0/eta_discharge");
    refused(
        &with(AssetKind::Battery(Battery { soc_initial_kwh: 2.0, ..b.clone() })),
        "/sites/0/assets/0/soc_initial_kwh",
    );
    refused(&with(AssetKind::Battery(Battery { charge_max_kw: f64::NAN, ..b })), "/sites/0/assets/0/charge_max_kw");
    refused(&with(load(&[1.0])), "/sites/0/assets/0/demand_kw");
    refused(&with(load(&[1.0, f64::INFINITY])), "/sites/0/assets/0/demand_kw/1");
    let ev = |a, d| {
        AssetKind::Ev(Ev {
            arrive_step: a,
            depart_step: d,
            charge_max_kw: 1.0,
            charge_min_kw: 0.0,
            eta_charge: 1.0,
            energy_required_kwh: 1.0,
        })
    };
    refused(&with(ev(2, 1)), "/sites/0/assets/0/depart_step");
    refused(&with(ev(0, 3)), "/sites/0/assets/0/depart_step");
    let source = HeatSource { power_max_kw: 1.0, heat_per_kwh: vec![1.0; 2], tank: "none".into() };
    refused(&with(AssetKind::HeatSource(source)), "/sites/0/assets/0/tank");
    let job = Job { profile_kw: vec![1.0; 2], earliest_start_step: 1, latest_end_step: 2 };
    refused(&with(AssetKind::Job(job)), "/sites/0/assets/0/latest_end_step");
}

#[test]
fn the_whole_is_checked_before_its_parts() {
    let mut p = problem(2, grid(2, &[1.0], 0.0), vec![load(&[1.0; 2])]);
    p.steps = 1_000_000;
    refused(&p, "/steps");
    p.steps = 2;
    p.step_hours = 0.0;
    refused(&p, "/step_hours");
    p.step_hours = 1.0;
    let twin = p.sites[0].assets[0].clone();
    p.sites[0].assets.push(twin);
    refused(&p, "/sites/0/assets/1/id");
}

#[test]
fn jobs_in_a_circle_are_refused() {
    let job = || AssetKind::Job(Job { profile_kw: vec![1.0], earliest_start_step: 0, latest_end_step: 4 });
    let mut p = problem(4, grid(4, &[1.0], 0.0), vec![job(), job()]);
    let wait = |a: &str, b: &str| Precedence { before: a.into(), after: b.into(), min_gap_steps: 0 };
    p.precedences = vec![wait("a0", "a1"), wait("a1", "a0")];
    refused(&p, "/precedences");
    p.precedences = vec![wait("a0", "zz")];
    refused(&p, "/precedences/0/after");
}
