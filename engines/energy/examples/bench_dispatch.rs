//! Times the engine on the cases that `bench/README.md` tells of: prints the median of several runs.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "a benchmark")]

use nqba_engine_energy::*;
use std::time::Instant;

fn wave(steps: usize, per_day: usize, low: f64, high: f64, shift: f64) -> Vec<f64> {
    let at = |t: usize| {
        let x = (t % per_day) as f64 / per_day as f64 * std::f64::consts::TAU + shift;
        let noise = ((t * 7919) % 101) as f64 / 101.0;
        low + (high - low) * (0.45 * (1.0 - x.cos()) + 0.1 * noise)
    };
    (0..steps).map(at).collect()
}

fn grid(steps: usize, demand_charge: f64) -> Grid {
    Grid {
        import_max_kw: 400.0,
        export_max_kw: 200.0,
        import_price_per_kwh: wave(steps, 96, 0.08, 0.42, 1.0),
        export_price_per_kwh: vec![0.07; steps],
        demand_charge_per_kw: demand_charge,
        peak_so_far_kw: 0.0,
        carbon_kg_per_kwh: wave(steps, 96, 0.2, 0.5, 0.5),
    }
}

fn battery(id: &str, kwh: f64) -> Asset {
    let b = Battery {
        charge_max_kw: kwh / 2.0,
        discharge_max_kw: kwh / 2.0,
        soc_min_kwh: 0.1 * kwh,
        soc_max_kwh: kwh,
        eta_charge: 0.95,
        eta_discharge: 0.95,
        soc_initial_kwh: 0.5 * kwh,
        soc_final_op: FinalOp::AtLeast,
        soc_final_kwh: 0.5 * kwh,
        wear_cost_per_kwh_discharged: 0.02,
    };
    Asset { id: id.into(), kind: AssetKind::Battery(b) }
}

fn day(site: usize) -> Site {
    let n = |name: &str| format!("{name}{site}");
    let shift = site as f64 / 7.0;
    Site {
        id: n("site"),
        grid: grid(96, 0.0),
        assets: vec![
            Asset { id: n("load"), kind: AssetKind::Load { demand_kw: wave(96, 96, 40.0, 160.0, shift) } },
            Asset {
                id: n("pv"),
                kind: AssetKind::Pv { available_kw: wave(96, 96, 0.0, 180.0, 0.0), curtailable: true },
            },
            battery(&n("battery"), 200.0),
        ],
    }
}

fn week() -> Problem {
    let steps = 7 * 96;
    let mut assets = vec![
        Asset { id: "load".into(), kind: AssetKind::Load { demand_kw: wave(steps, 96, 40.0, 160.0, 0.3) } },
        Asset {
            id: "pv".into(),
            kind: AssetKind::Pv { available_kw: wave(steps, 96, 0.0, 180.0, 0.0), curtailable: true },
        },
        battery("battery", 200.0),
        Asset {
            id: "tank".into(),
            kind: AssetKind::ThermalStorage(ThermalStorage {
                capacity_kwh: 120.0,
                initial_kwh: 60.0,
                final_op: FinalOp::AtLeast,
                final_kwh: 60.0,
                loss_per_hour: 0.01,
                demand_kw_th: wave(steps, 96, 10.0, 60.0, 3.0),
            }),
        },
        Asset {
            id: "pump".into(),
            kind: AssetKind::HeatSource(HeatSource {
                power_max_kw: 30.0,
                heat_per_kwh: wave(steps, 96, 2.6, 3.6, 0.0),
                tank: "tank".into(),
            }),
        },
    ];
    for k in 0..12 {
        let arrive = (k * 52 + 68) % (steps - 60);
        let ev = Ev {
            arrive_step: arrive,
            depart_step: arrive + 40 + k % 15,
            charge_max_kw: 22.0,
            charge_min_kw: 4.2,
            eta_charge: 0.92,
            energy_required_kwh: 30.0 + 3.0 * k as f64,
        };
        assets.push(Asset { id: format!("ev{k}"), kind: AssetKind::Ev(ev) });
    }
    let sites = vec![Site { id: "s".into(), grid: grid(steps, 9.0), assets }];
    Problem { steps, sites, mip_rel_gap: 1e-3, time_limit_s: 60.0, ..plain() }
}

fn plain() -> Problem {
    Problem {
        step_hours: 0.25,
        steps: 96,
        objective: Objective::Cost,
        mip_rel_gap: 1e-4,
        time_limit_s: 30.0,
        sites: vec![day(0)],
        precedences: Vec::new(),
        shared_import_max_kw: None,
    }
}

fn time(name: &str, runs: usize, problem: &Problem) {
    assert!(problem.validate().is_empty());
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..runs {
        let started = Instant::now();
        let outcome = solve(problem, &Control::default());
        times.push(started.elapsed().as_secs_f64() * 1e3);
        last = Some(outcome);
    }
    times.sort_by(f64::total_cmp);
    let Some(Outcome::Solved(s)) = last else { panic!("{name}: {last:?}") };
    let median = times[times.len() / 2];
    println!("{name:<48} {median:>10.1} ms   {:?}, gap {:.1e}, objective {:.4}", s.status, s.rel_gap, s.objective);
}

fn main() {
    time("day, 96 steps: PV, battery, load, export", 21, &plain());
    time("week, 672 steps: 12 vehicles, heat, demand charge", 3, &week());
    let twenty = Problem { sites: (0..20).map(day).collect(), shared_import_max_kw: Some(1800.0), ..plain() };
    time("20 sites under a shared limit, 96 steps", 5, &twenty);
}
