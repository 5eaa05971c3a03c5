//! The engine against the definition: the same problem written down plainly, with every binary and no cunning.

use highs::{Col, HighsModelStatus, RowProblem, Sense};
use nqba_engine_energy::*;
use proptest::prelude::*;
use std::collections::HashMap;

/// By step what draws (negative) or gives (positive).
type Balance = Vec<Vec<(Col, f64)>>;
/// A job's starts with their steps, and its length.
type Starts = (Vec<(Col, f64)>, usize);

struct Plain<'a> {
    p: &'a Problem,
    lp: RowProblem,
    balance: Balance,
    fixed: Vec<f64>,
    heat: HashMap<&'a str, Balance>,
    starts: HashMap<&'a str, Starts>,
}

/// The optimum by the plain model; `None` when there is no plan. A presolve that calls a sound model infeasible has
/// been seen: only without it is that believed.
fn reference(p: &Problem) -> Option<f64> {
    plain(p, "choose").or_else(|| plain(p, "off"))
}

fn plain(p: &Problem, presolve: &str) -> Option<f64> {
    let mut m = Plain {
        p,
        lp: RowProblem::new(),
        balance: Vec::new(),
        fixed: Vec::new(),
        heat: HashMap::new(),
        starts: HashMap::new(),
    };
    let mut shared: Vec<Vec<(Col, f64)>> = vec![Vec::new(); p.steps];
    for site in &p.sites {
        let import = m.site(site);
        import.into_iter().enumerate().for_each(|(t, c)| shared[t].push((c, 1.0)));
    }
    if let Some(limit) = p.shared_import_max_kw {
        shared.iter().for_each(|row| {
            m.lp.add_row(..=limit, row);
        });
    }
    for x in &p.precedences {
        let (before, length) = &m.starts[x.before.as_str()];
        let mut row: Vec<_> = m.starts[x.after.as_str()].0.clone();
        row.extend(before.iter().map(|(c, s)| (*c, -s)));
        m.lp.add_row((length + x.min_gap_steps) as f64.., &row);
    }
    let mut model = m.lp.optimise(Sense::Minimise);
    model.set_option("mip_rel_gap", 1e-9);
    model.set_option("mip_abs_gap", 1e-9);
    model.set_option("threads", 1);
    model.set_option("presolve", presolve);
    let solved = model.solve();
    match solved.status() {
        HighsModelStatus::Optimal => Some(solved.objective_value()),
        HighsModelStatus::Infeasible | HighsModelStatus::UnboundedOrInfeasible => None,
        other => panic!("{other:?}"),
    }
}

impl<'a> Plain<'a> {
    fn binary(&mut self) -> Col {
        self.lp.add_integer_column(0.0, 0.0..=1.0)
    }

    /// `a <= most` while the binary is 1, `b <= most` while it is 0.
    fn exclude(&mut self, a: (Col, f64), b: (Col, f64)) {
        let z = self.binary();
        self.lp.add_row(..=0.0, [(a.0, 1.0), (z, -a.1)]);
        self.lp.add_row(..=b.1, [(b.0, 1.0), (z, b.1)]);
    }

    fn site(&mut self, site: &'a Site) -> Vec<Col> {
        let (p, g, h) = (self.p, &site.grid, self.p.step_hours);
        let (money, carbon) = match p.objective {
            Objective::Cost => (1.0, 0.0),
            Objective::Carbon => (0.0, 1.0),
            Objective::CostPlusCarbon { carbon_price_per_kg } => (1.0, carbon_price_per_kg),
        };
        self.balance = vec![Vec::new(); p.steps];
        self.fixed = vec![0.0; p.steps];
        let peak = self.lp.add_column(money * g.demand_charge_per_kw, g.peak_so_far_kw..);
        let mut imports = Vec::new();
        for t in 0..p.steps {
            let buy = h * (money * g.import_price_per_kwh[t] + carbon * g.carbon_kg_per_kwh[t]);
            let import = self.lp.add_column(buy, 0.0..=g.import_max_kw);
            let export = self.lp.add_column(-h * money * g.export_price_per_kwh[t], 0.0..=g.export_max_kw);
            self.exclude((import, g.import_max_kw), (export, g.export_max_kw));
            self.lp.add_row(0.0.., [(peak, 1.0), (import, -1.0)]);
            self.balance[t].extend([(import, 1.0), (export, -1.0)]);
            imports.push(import);
        }
        for asset in &site.assets {
            self.asset(asset, money, carbon);
        }
        for asset in &site.assets {
            if let AssetKind::ThermalStorage(tank) = &asset.kind {
                self.tank(&asset.id, tank);
            }
        }
        for (row, fixed) in self.balance.iter().zip(&self.fixed) {
            self.lp.add_row(-fixed..=-fixed, row);
        }
        imports
    }

    fn asset(&mut self, asset: &'a Asset, money: f64, carbon: f64) {
        let (p, h) = (self.p, self.p.step_hours);
        match &asset.kind {
            AssetKind::Load { demand_kw } => (0..p.steps).for_each(|t| self.fixed[t] -= demand_kw[t]),
            AssetKind::Pv { available_kw, curtailable } => {
                for (t, kw) in available_kw.iter().enumerate() {
                    let least = if *curtailable { 0.0 } else { *kw };
                    let used = self.lp.add_column(0.0, least..=*kw);
                    self.balance[t].push((used, 1.0));
                }
            }
            AssetKind::Battery(b) => self.battery(b, money),
            AssetKind::Ev(e) => {
                let mut energy = Vec::new();
                for t in e.arrive_step..e.depart_step {
                    let power = self.lp.add_semi_continuous_column(0.0, e.charge_min_kw..=e.charge_max_kw);
                    self.balance[t].push((power, -1.0));
                    energy.push((power, e.eta_charge * h));
                }
                self.lp.add_row(e.energy_required_kwh..=e.energy_required_kwh, &energy);
            }
            AssetKind::Generator(g) => self.generator(g, money, carbon),
            AssetKind::Job(j) => {
                let mut starts = Vec::new();
                for s in j.earliest_start_step..=j.latest_start_step() {
                    let x = self.binary();
                    j.profile_kw.iter().enumerate().for_each(|(k, kw)| self.balance[s + k].push((x, -kw)));
                    starts.push((x, s as f64));
                }
                self.lp.add_row(1.0..=1.0, starts.iter().map(|(x, _)| (*x, 1.0)).collect::<Vec<_>>());
                self.starts.insert(&asset.id, (starts, j.profile_kw.len()));
            }
            AssetKind::HeatSource(x) => {
                for t in 0..p.steps {
                    let power = self.lp.add_column(0.0, 0.0..=x.power_max_kw);
                    self.balance[t].push((power, -1.0));
                    let heat = self.heat.entry(&x.tank).or_insert_with(|| vec![Vec::new(); p.steps]);
                    heat[t].push((power, -h * x.heat_per_kwh[t]));
                }
            }
            AssetKind::ThermalStorage(_) => {}
        }
    }

    fn battery(&mut self, b: &Battery, money: f64) {
        let (p, h) = (self.p, self.p.step_hours);
        let mut last = None;
        for t in 0..p.steps {
            let charge = self.lp.add_column(0.0, 0.0..=b.charge_max_kw);
            let discharge = self.lp.add_column(money * h * b.wear_cost_per_kwh_discharged, 0.0..=b.discharge_max_kw);
            let soc = self.lp.add_column(0.0, b.soc_min_kwh..=b.soc_max_kwh);
            self.exclude((charge, b.charge_max_kw), (discharge, b.discharge_max_kw));
            let mut row = vec![(soc, 1.0), (charge, -b.eta_charge * h), (discharge, h / b.eta_discharge)];
            row.extend(last.map(|c| (c, -1.0)));
            let start = if t == 0 { b.soc_initial_kwh } else { 0.0 };
            self.lp.add_row(start..=start, &row);
            self.balance[t].extend([(charge, -1.0), (discharge, 1.0)]);
            last = Some(soc);
        }
        self.end(b.soc_final_op, b.soc_final_kwh, last);
    }

    fn end(&mut self, op: FinalOp, value: f64, last: Option<Col>) {
        let row: Vec<_> = last.into_iter().map(|c| (c, 1.0)).collect();
        match op {
            FinalOp::Equal => self.lp.add_row(value..=value, &row),
            FinalOp::AtLeast => self.lp.add_row(value.., &row),
        };
    }

    /// Minimum times pairwise, as the definition says them: a start at `t` keeps it on at every `k` that follows soon.
    fn generator(&mut self, g: &Generator, money: f64, carbon: f64) {
        let (p, h) = (self.p, self.p.step_hours);
        let per_kwh = h * (money * g.fuel_cost_per_kwh + carbon * g.carbon_kg_per_kwh);
        let on: Vec<Col> = (0..p.steps).map(|_| self.binary()).collect();
        let was_on = if g.initial_on { 1.0 } else { 0.0 };
        for t in 0..p.steps {
            let power = self.lp.add_column(per_kwh, 0.0..=g.power_max_kw);
            self.balance[t].push((power, 1.0));
            self.lp.add_row(..=0.0, [(power, 1.0), (on[t], -g.power_max_kw)]);
            self.lp.add_row(0.0.., [(power, 1.0), (on[t], -g.power_min_kw)]);
            if t < g.held_off_steps() {
                self.lp.add_row(..=0.0, [(on[t], 1.0)]);
            }
            let start = self.lp.add_column(money * g.start_cost, 0.0..=1.0);
            // The step before the first is a constant; `change` is u[t] − u[t−1] without it.
            let (mut change, before) = (vec![(on[t], 1.0)], if t == 0 { was_on } else { 0.0 });
            if t > 0 {
                change.push((on[t - 1], -1.0));
            }
            let mut row = change.clone();
            row.push((start, -1.0));
            self.lp.add_row(..=before, &row);
            for later in on.iter().take(t + g.min_up_steps).skip(t + 1) {
                let mut row = change.clone();
                row.push((*later, -1.0));
                self.lp.add_row(..=before, &row);
            }
            for later in on.iter().take(t + g.min_down_steps).skip(t + 1) {
                let mut row: Vec<_> = change.iter().map(|(c, f)| (*c, -f)).collect();
                row.push((*later, 1.0));
                self.lp.add_row(..=1.0 - before, &row);
            }
        }
    }

    fn tank(&mut self, id: &str, s: &ThermalStorage) {
        let (p, h) = (self.p, self.p.step_hours);
        let keep = (1.0 - s.loss_per_hour).powf(h);
        let mut last = None;
        for t in 0..p.steps {
            let content = self.lp.add_column(0.0, 0.0..=s.capacity_kwh);
            let mut row = vec![(content, 1.0)];
            row.extend(last.map(|c| (c, -keep)));
            if let Some(heat) = self.heat.get(id) {
                row.extend(heat[t].iter().copied());
            }
            let value = if t == 0 { keep * s.initial_kwh } else { 0.0 } - h * s.demand_kw_th[t];
            self.lp.add_row(value..=value, &row);
            last = Some(content);
        }
        self.end(s.final_op, s.final_kwh, last);
    }
}

/// Deterministic numbers from a seed, on a coarse grid so that ties, zeros and equal prices are common.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
    fn pick(&mut self, from: &[f64]) -> f64 {
        from[self.below(from.len())]
    }
    fn series(&mut self, steps: usize, from: &[f64]) -> Vec<f64> {
        (0..steps).map(|_| self.pick(from)).collect()
    }
    fn op(&mut self) -> FinalOp {
        if self.one_in(2) { FinalOp::Equal } else { FinalOp::AtLeast }
    }

    fn problem(&mut self) -> Problem {
        let steps = 3 + self.below(8);
        let sites: Vec<Site> = (0..if self.one_in(4) { 2 } else { 1 }).map(|s| self.site(s, steps)).collect();
        let jobs: Vec<String> = sites
            .iter()
            .flat_map(|s| &s.assets)
            .filter(|a| matches!(a.kind, AssetKind::Job(_)))
            .map(|a| a.id.clone())
            .collect();
        let after =
            |pair: &[String], gap| Precedence { before: pair[0].clone(), after: pair[1].clone(), min_gap_steps: gap };
        let precedences = jobs.windows(2).map(|pair| after(pair, self.below(2))).collect();
        let objective = match self.below(4) {
            0 => Objective::Carbon,
            1 => Objective::CostPlusCarbon { carbon_price_per_kg: self.pick(&[0.0, 0.2, 1.0]) },
            _ => Objective::Cost,
        };
        let shared_import_max_kw = (sites.len() > 1 && self.one_in(2)).then(|| self.pick(&[8.0, 15.0, 30.0]));
        Problem {
            step_hours: self.pick(&[0.25, 0.5, 1.0]),
            steps,
            objective,
            mip_rel_gap: 1e-6,
            time_limit_s: 20.0,
            sites,
            precedences,
            shared_import_max_kw,
        }
    }

    fn site(&mut self, s: usize, steps: usize) -> Site {
        let prices = [-0.3, -0.1, 0.0, 0.1, 0.1, 0.2, 0.3, 0.5];
        let import = self.series(steps, &prices);
        let flat = self.pick(&[0.0, 0.1, -0.1]);
        let export = match self.below(4) {
            0 => import.clone(),
            1 => self.series(steps, &prices),
            2 => import.iter().map(|v| v - 0.1).collect(),
            _ => vec![flat; steps],
        };
        let grid = Grid {
            import_max_kw: self.pick(&[0.0, 6.0, 12.0, 40.0, 1000.0]),
            export_max_kw: self.pick(&[0.0, 0.0, 3.0, 12.0, 1000.0]),
            import_price_per_kwh: import,
            export_price_per_kwh: export,
            demand_charge_per_kw: self.pick(&[0.0, 0.0, 0.5, 3.0]),
            peak_so_far_kw: self.pick(&[0.0, 0.0, 4.0]),
            carbon_kg_per_kwh: self.series(steps, &[0.0, 0.0, 0.1, 0.4]),
        };
        let mut assets = Vec::new();
        for k in 0..1 + self.below(4) {
            let id = format!("s{s}a{k}");
            let kind = self.asset(steps);
            if let AssetKind::ThermalStorage(_) = &kind {
                for n in 0..1 + self.below(2) {
                    let source = HeatSource {
                        power_max_kw: self.pick(&[1.0, 4.0]),
                        heat_per_kwh: self.series(steps, &[1.0, 2.5, 3.0]),
                        tank: id.clone(),
                    };
                    assets.push(Asset { id: format!("{id}h{n}"), kind: AssetKind::HeatSource(source) });
                }
            }
            assets.push(Asset { id, kind });
        }
        Site { id: format!("s{s}"), grid, assets }
    }

    fn asset(&mut self, steps: usize) -> AssetKind {
        match self.below(9) {
            0 | 1 => AssetKind::Load { demand_kw: self.series(steps, &[0.0, 2.0, 5.0]) },
            2 => AssetKind::Pv { available_kw: self.series(steps, &[0.0, 3.0, 9.0]), curtailable: self.one_in(2) },
            3 | 4 => {
                let start = self.pick(&[0.0, 2.0, 4.0]);
                AssetKind::Battery(Battery {
                    charge_max_kw: self.pick(&[0.0, 3.0, 6.0]),
                    discharge_max_kw: self.pick(&[0.0, 3.0, 6.0]),
                    soc_min_kwh: 0.0,
                    soc_max_kwh: self.pick(&[4.0, 8.0]),
                    eta_charge: self.pick(&[0.6, 0.9, 1.0]),
                    eta_discharge: self.pick(&[0.6, 0.95, 1.0]),
                    soc_initial_kwh: start,
                    soc_final_op: self.op(),
                    soc_final_kwh: if self.one_in(2) { start } else { self.pick(&[0.0, 2.0, 4.0]) },
                    wear_cost_per_kwh_discharged: self.pick(&[0.0, 0.0, 0.05]),
                })
            }
            5 => {
                let arrive_step = self.below(steps);
                let depart_step = arrive_step + 1 + self.below(steps - arrive_step);
                AssetKind::Ev(Ev {
                    arrive_step,
                    depart_step,
                    charge_max_kw: self.pick(&[4.0, 6.0]),
                    charge_min_kw: self.pick(&[0.0, 1.5, 4.0]),
                    eta_charge: self.pick(&[0.9, 1.0]),
                    energy_required_kwh: self.pick(&[0.0, 2.0, 3.0, 5.0]),
                })
            }
            6 => AssetKind::Generator(Generator {
                power_min_kw: self.pick(&[0.0, 2.0]),
                power_max_kw: self.pick(&[4.0, 8.0]),
                fuel_cost_per_kwh: self.pick(&[0.05, 0.2]),
                start_cost: self.pick(&[0.0, 0.3]),
                min_up_steps: self.below(4),
                min_down_steps: self.below(4),
                initial_on: self.one_in(2),
                initial_off_steps: (!self.one_in(2)).then(|| self.below(4)),
                carbon_kg_per_kwh: self.pick(&[0.0, 0.3]),
            }),
            7 => {
                let length = 1 + self.below(2);
                let earliest_start_step = self.below(steps - length + 1);
                let slack = self.below(steps - length - earliest_start_step + 1);
                AssetKind::Job(Job {
                    profile_kw: self.series(length, &[0.0, 2.0, 5.0]),
                    earliest_start_step,
                    latest_end_step: earliest_start_step + length + slack,
                })
            }
            _ => AssetKind::ThermalStorage(ThermalStorage {
                capacity_kwh: self.pick(&[6.0, 10.0]),
                initial_kwh: self.pick(&[0.0, 3.0, 6.0]),
                final_op: self.op(),
                final_kwh: self.pick(&[0.0, 0.0, 2.0]),
                loss_per_hour: self.pick(&[0.0, 0.05, 0.5]),
                demand_kw_th: self.series(steps, &[0.0, 2.0, 4.0]),
            }),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// The same optimum as the plain model, kept tightly; infeasible exactly when it is.
    #[test]
    fn the_optimum_is_the_definitions(seed in any::<u64>()) {
        let p = Dice(seed).problem();
        prop_assert_eq!(p.validate(), []);
        match (reference(&p), solve(&p, &Control::default())) {
            (Some(best), Outcome::Solved(s)) => {
                prop_assert_eq!(check(&p, &s.plan, 1e-5), []);
                prop_assert_eq!(s.status, Status::Optimal);
                prop_assert!((s.objective - best).abs() <= 1e-6 * best.abs().max(1.0), "{} instead of {best}", s.objective);
                for b in [none(&p), rule(&p)].iter().filter(|b| b.feasible) {
                    let theirs = evaluate(&p, &b.plan).objective;
                    prop_assert!(s.objective <= theirs + 1e-5 * theirs.abs().max(1.0), "{} beats the optimum", b.name);
                }
            }
            (None, Outcome::Infeasible(v)) => {
                prop_assert!(!v.is_empty() && v.iter().all(|v| v.amount > 0.0), "{v:?}");
                for b in [none(&p), rule(&p)] {
                    prop_assert!(!b.feasible, "{} holds", b.name);
                }
            }
            (best, outcome) => prop_assert!(false, "reference {best:?}, engine {outcome:?}"),
        }
    }
}
