//! The dispatch problem as a mixed-integer linear program.
//!
//! Binaries stand only where the relaxation could cheat: minimum powers, starts, jobs, and those steps in which it pays
//! to import and export at once or to charge and discharge at once ([`Exclusive`]; more are added when a relaxed
//! solution cheats). Big-M values are the real bounds.

mod battery;
mod ev;
mod extract;
mod generator;
mod job;
mod thermal;

pub(crate) use extract::{place_job, settle};

use crate::problem::*;
use highs::{Col, HighsModelStatus, RowProblem, Sense};
use std::{collections::HashSet, ops::RangeInclusive, time::Duration};

/// Steps in which two opposite flows exclude each other by a binary.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exclusive {
    /// Import and export: (site, step).
    pub(crate) grid: HashSet<(usize, usize)>,
    /// Charge and discharge: (site, asset, step).
    pub(crate) battery: HashSet<(usize, usize, usize)>,
}

impl Exclusive {
    /// Whether there is no such step.
    pub(crate) fn is_empty(&self) -> bool {
        self.grid.is_empty() && self.battery.is_empty()
    }

    /// Where it is plain from the prices that the relaxation would cheat.
    pub(crate) fn from_prices(problem: &Problem) -> Self {
        let mut found = Self::default();
        for (s, site) in problem.sites.iter().enumerate() {
            for t in 0..problem.steps {
                let (import, export) = prices(problem, site, t);
                if import < export {
                    found.grid.insert((s, t));
                }
                if import < 0.0 || (export < 0.0 && import <= 0.0) {
                    let batteries =
                        site.assets.iter().enumerate().filter(|(_, a)| matches!(a.kind, AssetKind::Battery(_)));
                    found.battery.extend(batteries.map(|(i, _)| (s, i, t)));
                }
            }
        }
        found
    }
}

/// Price of a kWh of import and export in the objective's terms.
pub(crate) fn prices(problem: &Problem, site: &Site, t: usize) -> (f64, f64) {
    let (money, carbon) = (problem.objective.money(), problem.objective.carbon());
    let g = &site.grid;
    (money * g.import_price_per_kwh[t] + carbon * g.carbon_kg_per_kwh[t], money * g.export_price_per_kwh[t])
}

/// What may be missed in the elastic copy, and by which column.
#[derive(Debug, Clone)]
pub(crate) struct Slack {
    pub(crate) site: usize,
    /// `None`: the site's balance.
    pub(crate) asset: Option<usize>,
    pub(crate) kind: SlackKind,
    pub(crate) step: usize,
    pub(crate) col: Col,
}

/// Which requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum SlackKind {
    /// kW of load not served.
    Unserved,
    /// kW of generation that finds no use.
    Surplus,
    /// kWh a vehicle misses.
    EvEnergy,
    /// kWh a battery misses at the end.
    SocShort,
    /// kWh a battery has too much at the end.
    SocOver,
    /// kW of heat not served.
    Heat,
    /// kWh a tank misses at the end.
    TankShort,
    /// kWh a tank has too much at the end.
    TankOver,
    /// A job that does not run.
    Job,
}

/// The columns of an asset.
pub(crate) enum AssetCols {
    None,
    Pv(Vec<Col>),
    Battery { charge: Vec<Col>, discharge: Vec<Col> },
    Ev { power: Vec<Col> },
    Generator { power: Vec<Col>, on: Option<Vec<Col>> },
    Job(job::JobCols),
    Heat(Vec<Col>),
}

/// The columns of a site.
pub(crate) struct SiteCols {
    pub(crate) import: Vec<Col>,
    pub(crate) assets: Vec<AssetCols>,
}

/// A linear row being put together.
type Terms = Vec<(Col, f64)>;

/// The program and where its columns are.
pub(crate) struct Model<'a> {
    problem: &'a Problem,
    lp: RowProblem,
    pub(crate) sites: Vec<SiteCols>,
    /// Terms of each site's balance by step: supply positive, and the constant that is drawn.
    balance: Vec<Terms>,
    drawn: Vec<f64>,
    pub(crate) slacks: Option<Vec<Slack>>,
    binaries: Vec<Col>,
    /// What the objective cannot fall below by the columns' bounds alone.
    floor: f64,
    /// Tanks of the site at hand, whose rows wait for their sources' columns.
    open_tanks: Vec<(String, Vec<Terms>)>,
}

/// What the solver found.
pub(crate) struct Found {
    pub(crate) status: HighsModelStatus,
    pub(crate) values: Option<Vec<f64>>,
    pub(crate) objective: f64,
    /// No plan is better than this.
    pub(crate) bound: f64,
}

impl<'a> Model<'a> {
    /// The program of a problem; with `elastic`, requirements may be missed at a price, and nothing else costs.
    pub(crate) fn build(problem: &'a Problem, exclusive: &Exclusive, elastic: bool) -> Self {
        let mut model = Self {
            problem,
            lp: RowProblem::new(),
            sites: Vec::new(),
            balance: Vec::new(),
            drawn: Vec::new(),
            slacks: elastic.then(Vec::new),
            binaries: Vec::new(),
            floor: 0.0,
            open_tanks: Vec::new(),
        };
        for s in 0..problem.sites.len() {
            model.site(s, exclusive);
        }
        model.shared_limit();
        model.precedences();
        model
    }

    /// Whether it has integer columns.
    pub(crate) fn is_mip(&self) -> bool {
        !self.binaries.is_empty()
    }

    /// Cost of a column: nothing but misses costs in the elastic copy.
    fn price(&self, cost: f64) -> f64 {
        if self.slacks.is_some() { 0.0 } else { cost }
    }

    fn column(&mut self, cost: f64, bounds: RangeInclusive<f64>) -> Col {
        let cost = self.price(cost);
        self.floor += (cost * bounds.start()).min(cost * bounds.end());
        self.lp.add_column(cost, bounds)
    }

    fn binary(&mut self, cost: f64, bounds: RangeInclusive<f64>) -> Col {
        let cost = self.price(cost);
        self.floor += (cost * bounds.start()).min(cost * bounds.end());
        let col = self.lp.add_integer_column(cost, bounds);
        self.binaries.push(col);
        col
    }

    /// Holds every binary at the whole number that it is close to: what is left is continuous, so no power leaks
    /// through a binary that is zero only within the solver's tolerance.
    pub(crate) fn fix(&mut self, values: &[f64]) {
        for col in &self.binaries {
            let whole = values[col.index()].round();
            self.lp.change_column_bounds(*col, whole..=whole);
        }
    }

    /// Holds requirements that the elastic copy might miss.
    pub(crate) fn forbid_missing(&mut self, forbidden: impl Fn(&Slack) -> bool) {
        for slack in self.slacks.iter().flatten().filter(|s| forbidden(s)) {
            self.lp.change_column_bounds(slack.col, 0.0..=0.0);
        }
    }

    fn at_most(&mut self, limit: f64, terms: &[(Col, f64)]) {
        self.lp.add_row(..=limit, terms);
    }

    fn equal(&mut self, value: f64, terms: &[(Col, f64)]) {
        self.lp.add_row(value..=value, terms);
    }

    /// A column by which a requirement may be missed, in the elastic copy only.
    fn slack(&mut self, site: usize, asset: Option<usize>, kind: SlackKind, step: usize, weight: f64) -> Option<Col> {
        self.slacks.as_ref()?;
        let col = self.lp.add_column(weight, 0.0..);
        if let Some(slacks) = self.slacks.as_mut() {
            slacks.push(Slack { site, asset, kind, step, col });
        }
        Some(col)
    }

    fn supply(&mut self, t: usize, col: Col, factor: f64) {
        self.balance[t].push((col, factor));
    }

    fn site(&mut self, s: usize, exclusive: &Exclusive) {
        let (problem, site) = (self.problem, &self.problem.sites[s]);
        let (h, steps) = (problem.step_hours, problem.steps);
        self.balance = vec![Vec::new(); steps];
        self.drawn = vec![0.0; steps];
        let assets: Vec<_> = site.assets.iter().enumerate().map(|(i, a)| self.asset(s, i, a, exclusive)).collect();
        self.close_tanks(s, &assets);
        let (most_drawn, most_given) = reach(problem, site);
        let mut import = Vec::with_capacity(steps);
        for t in 0..steps {
            let (buy, sell) = prices(problem, site, t);
            // In the final plan the two exclude each other, so each is bounded by what the site can draw or give.
            let (most_in, most_out) =
                (site.grid.import_max_kw.min(most_drawn[t]), site.grid.export_max_kw.min(most_given[t]));
            let (i, e) = (self.column(h * buy, 0.0..=most_in), self.column(-h * sell, 0.0..=most_out));
            self.supply(t, i, 1.0);
            self.supply(t, e, -1.0);
            if exclusive.grid.contains(&(s, t)) && most_in > 0.0 && most_out > 0.0 {
                let z = self.binary(0.0, 0.0..=1.0);
                self.at_most(0.0, &[(i, 1.0), (z, -most_in)]);
                self.at_most(most_out, &[(e, 1.0), (z, most_out)]);
            }
            if let Some(col) = self.slack(s, None, SlackKind::Unserved, t, 10.0 * h) {
                self.supply(t, col, 1.0);
            }
            if let Some(col) = self.slack(s, None, SlackKind::Surplus, t, 10.0 * h) {
                self.supply(t, col, -1.0);
            }
            import.push(i);
        }
        self.peak(site, &import);
        let (rows, drawn) = (std::mem::take(&mut self.balance), std::mem::take(&mut self.drawn));
        for (terms, drawn) in rows.iter().zip(drawn) {
            self.equal(drawn, terms);
        }
        self.sites.push(SiteCols { import, assets });
    }

    /// Demand charge: one column above every import and above the peak that is charged already.
    fn peak(&mut self, site: &Site, import: &[Col]) {
        let price = self.problem.objective.money() * site.grid.demand_charge_per_kw;
        if price <= 0.0 || self.slacks.is_some() {
            return;
        }
        self.floor += price * site.grid.peak_so_far_kw;
        let peak = self.lp.add_column(price, site.grid.peak_so_far_kw..);
        for col in import {
            self.at_most(0.0, &[(*col, 1.0), (peak, -1.0)]);
        }
    }

    fn asset(&mut self, s: usize, i: usize, asset: &Asset, exclusive: &Exclusive) -> AssetCols {
        match &asset.kind {
            AssetKind::Load { demand_kw } => {
                for (t, kw) in demand_kw.iter().enumerate() {
                    self.drawn[t] += kw;
                }
                AssetCols::None
            }
            AssetKind::Pv { available_kw, curtailable: false } => {
                for (t, kw) in available_kw.iter().enumerate() {
                    self.drawn[t] -= kw;
                }
                AssetCols::None
            }
            AssetKind::Pv { available_kw, curtailable: true } => AssetCols::Pv(
                available_kw
                    .iter()
                    .enumerate()
                    .map(|(t, kw)| {
                        let col = self.column(0.0, 0.0..=*kw);
                        self.supply(t, col, 1.0);
                        col
                    })
                    .collect(),
            ),
            AssetKind::Battery(b) => self.battery(s, i, b, exclusive),
            AssetKind::Ev(e) => self.ev(s, i, e),
            AssetKind::Generator(g) => self.generator(g),
            AssetKind::Job(j) => self.job(s, i, j),
            AssetKind::HeatSource(x) => AssetCols::Heat(self.heat_source(x)),
            AssetKind::ThermalStorage(tank) => self.tank(s, i, &asset.id, tank),
        }
    }

    fn shared_limit(&mut self) {
        let Some(limit) = self.problem.shared_import_max_kw else { return };
        for t in 0..self.problem.steps {
            let terms: Terms = self.sites.iter().map(|s| (s.import[t], 1.0)).collect();
            self.at_most(limit, &terms);
        }
    }

    /// Solves within the limits.
    pub(crate) fn solve(self, limits: Limits) -> Result<(Found, Solved), String> {
        let (mip, floor) = (self.is_mip(), self.floor);
        let mut model =
            self.lp.try_optimise(Sense::Minimise).map_err(|e| format!("the solver refused the model: {e:?}"))?;
        model.make_quiet();
        let options: [(&str, f64); 3] =
            [("mip_rel_gap", limits.gap), ("mip_abs_gap", 1e-7), ("time_limit", limits.time.as_secs_f64().max(0.01))];
        for (name, value) in options {
            model.try_set_option(name, value).map_err(|e| format!("{name}: {e:?}"))?;
        }
        // One thread: solves run beside each other, and the same problem gives the same plan.
        model.try_set_option("threads", 1).map_err(|e| format!("threads: {e:?}"))?;
        if !limits.presolve {
            model.try_set_option("presolve", "off").map_err(|e| format!("presolve: {e:?}"))?;
        }
        let solved = model.try_solve().map_err(|e| format!("the solver failed: {e:?}"))?;
        let has_values = solved.primal_solution_status() == highs::HighsSolutionStatus::Feasible;
        let (status, objective) = (solved.status(), solved.objective_value());
        // The objective of a linear program is a bound only once it is optimal.
        let bound = match status {
            _ if mip => solved.double_info_value(c"mip_dual_bound").ok().filter(|b| b.is_finite()),
            HighsModelStatus::Optimal => Some(objective),
            _ => None,
        };
        let values = has_values.then(|| solved.get_solution().columns().to_vec());
        let found = Found { status, values, objective, bound: bound.unwrap_or(floor).max(floor) };
        Ok((found, Solved { sites: self.sites, slacks: self.slacks.unwrap_or_default() }))
    }
}

/// How long and how exactly to solve.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Relative gap at which the optimum counts as proved.
    pub(crate) gap: f64,
    /// Longest solve.
    pub(crate) time: Duration,
    /// Whether the solver may simplify the model first.
    pub(crate) presolve: bool,
}

/// Where the columns of a solved program are.
pub(crate) struct Solved {
    pub(crate) sites: Vec<SiteCols>,
    pub(crate) slacks: Vec<Slack>,
}

/// The most that a site can draw and give in each step, kW: real bounds for import and export.
fn reach(problem: &Problem, site: &Site) -> (Vec<f64>, Vec<f64>) {
    let mut drawn = vec![0.0; problem.steps];
    let mut given = vec![0.0; problem.steps];
    let mut add = |t: usize, draw: f64, give: f64| {
        drawn[t] += draw;
        given[t] += give;
    };
    for asset in &site.assets {
        for t in 0..problem.steps {
            match &asset.kind {
                AssetKind::Load { demand_kw } => add(t, demand_kw[t], 0.0),
                AssetKind::Pv { available_kw, .. } => add(t, 0.0, available_kw[t]),
                AssetKind::Battery(b) => add(t, b.charge_max_kw, b.discharge_max_kw),
                AssetKind::Ev(e) if (e.arrive_step..e.depart_step).contains(&t) => add(t, e.charge_max_kw, 0.0),
                AssetKind::Generator(g) => add(t, 0.0, g.power_max_kw),
                AssetKind::Job(j) if (j.earliest_start_step..j.latest_end_step).contains(&t) => {
                    add(t, j.profile_kw.iter().copied().fold(0.0, f64::max), 0.0);
                }
                AssetKind::HeatSource(x) => add(t, x.power_max_kw, 0.0),
                _ => {}
            }
        }
    }
    (drawn, given)
}
