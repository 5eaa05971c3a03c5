//! What must hold of a problem before it is solved. Every refusal names its field by a JSON pointer.

use crate::problem::*;
use std::collections::{HashMap, HashSet};

/// Most steps of a problem: a year of quarter hours.
pub const MAX_STEPS: usize = 35_040;
/// Most assets of a problem.
pub const MAX_ASSETS: usize = 2_000;
/// Most steps times assets: keeps the model within memory.
pub const MAX_CELLS: usize = 2_000_000;
/// Refusals listed at most.
const MAX_INVALID: usize = 50;
/// Largest magnitude of any number: beyond it sums lose the tolerance.
const MAX_VALUE: f64 = 1e9;

/// A field that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// RFC 6901 pointer into the problem.
    pub pointer: String,
    /// Machine code.
    pub code: &'static str,
    /// One sentence.
    pub message: String,
}

struct Checker {
    steps: usize,
    found: Vec<Invalid>,
}

impl Problem {
    /// Every field that does not hold (at most 50); none when the problem may be solved.
    #[must_use]
    pub fn validate(&self) -> Vec<Invalid> {
        let mut c = Checker { steps: self.steps, found: Vec::new() };
        c.whole(self);
        // Lengths are compared with `steps`: without a sound one there is nothing to compare with.
        if !c.found.is_empty() {
            return c.found;
        }
        let mut assets: HashMap<&str, &AssetKind> = HashMap::new();
        let mut sites = HashSet::new();
        for (i, site) in self.sites.iter().enumerate() {
            let at = format!("/sites/{i}");
            if site.id.is_empty() || !sites.insert(site.id.as_str()) {
                c.refuse(format!("{at}/id"), "duplicate", format!("The site id `{}` is empty or used twice.", site.id));
            }
            c.grid(&format!("{at}/grid"), &site.grid);
            for (j, asset) in site.assets.iter().enumerate() {
                let at = format!("{at}/assets/{j}");
                if asset.id.is_empty() || assets.insert(&asset.id, &asset.kind).is_some() {
                    let text = format!("The asset id `{}` is empty or used twice.", asset.id);
                    c.refuse(format!("{at}/id"), "duplicate", text);
                }
                c.asset(&at, asset, site);
            }
        }
        for (i, p) in self.precedences.iter().enumerate() {
            c.precedence(&format!("/precedences/{i}"), p, &assets);
        }
        c.cycles(self);
        c.found.truncate(MAX_INVALID);
        c.found
    }
}

impl Checker {
    fn refuse(&mut self, pointer: impl Into<String>, code: &'static str, message: impl Into<String>) {
        if self.found.len() <= MAX_INVALID {
            self.found.push(Invalid { pointer: pointer.into(), code, message: message.into() });
        }
    }

    /// A number within a range, with its unit in the sentence.
    fn number(&mut self, at: &str, field: &str, value: f64, low: f64, high: f64, unit: &str) {
        if !(low..=high).contains(&value) {
            let text = format!("{field} is {value}{unit}; it may be {low} to {high}{unit}.");
            self.refuse(format!("{at}/{field}"), "out_of_range", text);
        }
    }

    fn amount(&mut self, at: &str, field: &str, value: f64, unit: &str) {
        self.number(at, field, value, 0.0, MAX_VALUE, unit);
    }

    fn efficiency(&mut self, at: &str, field: &str, value: f64) {
        if !(value > 0.0 && value <= 1.0) {
            let text = format!("{field} is {value}; an efficiency is above 0 and at most 1.");
            self.refuse(format!("{at}/{field}"), "out_of_range", text);
        }
    }

    fn series(&mut self, at: &str, field: &str, values: &[f64], low: f64) {
        if values.len() != self.steps {
            let text = format!("{field} has {} values; the problem has {} steps.", values.len(), self.steps);
            self.refuse(format!("{at}/{field}"), "wrong_length", text);
            return;
        }
        if let Some(t) = values.iter().position(|v| !(low..=MAX_VALUE).contains(v)) {
            let text = format!("{field} is {} in step {t}; it may be {low} to {MAX_VALUE}.", values[t]);
            self.refuse(format!("{at}/{field}/{t}"), "out_of_range", text);
        }
    }

    fn whole(&mut self, p: &Problem) {
        if !(1.0 / 60.0..=24.0).contains(&p.step_hours) {
            let text = format!("step_hours is {}; it may be 1/60 (a minute) to 24.", p.step_hours);
            self.refuse("/step_hours", "out_of_range", text);
        }
        if p.steps == 0 || p.steps > MAX_STEPS {
            self.refuse("/steps", "out_of_range", format!("steps is {}; it may be 1 to {MAX_STEPS}.", p.steps));
        }
        self.number("", "mip_rel_gap", p.mip_rel_gap, 0.0, 0.5, "");
        self.number("", "time_limit_s", p.time_limit_s, 0.01, 3600.0, " s");
        if let Objective::CostPlusCarbon { carbon_price_per_kg } = p.objective {
            self.number("/objective", "carbon_price_per_kg", carbon_price_per_kg, 0.0, 1e6, "");
        }
        if p.sites.is_empty() {
            self.refuse("/sites", "empty", "There is no site.");
        }
        let assets: usize = p.sites.iter().map(|s| s.assets.len()).sum();
        if assets > MAX_ASSETS || p.sites.len() > MAX_ASSETS {
            self.refuse("/sites", "too_many", format!("There are {assets} assets; at most {MAX_ASSETS}."));
        }
        if p.steps.saturating_mul(assets + p.sites.len()) > MAX_CELLS {
            let text = format!("Steps times assets and sites is above {MAX_CELLS}; shorten the horizon.");
            self.refuse("/steps", "too_large", text);
        }
        if let Some(limit) = p.shared_import_max_kw {
            self.amount("", "shared_import_max_kw", limit, " kW");
        }
    }

    fn grid(&mut self, at: &str, g: &Grid) {
        self.amount(at, "import_max_kw", g.import_max_kw, " kW");
        self.amount(at, "export_max_kw", g.export_max_kw, " kW");
        self.amount(at, "demand_charge_per_kw", g.demand_charge_per_kw, " per kW");
        self.amount(at, "peak_so_far_kw", g.peak_so_far_kw, " kW");
        self.series(at, "import_price_per_kwh", &g.import_price_per_kwh, -MAX_VALUE);
        self.series(at, "export_price_per_kwh", &g.export_price_per_kwh, -MAX_VALUE);
        self.series(at, "carbon_kg_per_kwh", &g.carbon_kg_per_kwh, 0.0);
    }

    fn asset(&mut self, at: &str, asset: &Asset, site: &Site) {
        match &asset.kind {
            AssetKind::Load { demand_kw } => self.series(at, "demand_kw", demand_kw, 0.0),
            AssetKind::Pv { available_kw, .. } => self.series(at, "available_kw", available_kw, 0.0),
            AssetKind::Battery(b) => self.battery(at, b),
            AssetKind::Ev(e) => self.ev(at, e),
            AssetKind::Generator(g) => self.generator(at, g),
            AssetKind::Job(j) => self.job(at, j),
            AssetKind::ThermalStorage(s) => self.thermal(at, s),
            AssetKind::HeatSource(h) => {
                self.amount(at, "power_max_kw", h.power_max_kw, " kW");
                self.series(at, "heat_per_kwh", &h.heat_per_kwh, 0.0);
                let tank = |a: &Asset| a.id == h.tank && matches!(a.kind, AssetKind::ThermalStorage(_));
                if !site.assets.iter().any(tank) {
                    let text = format!("There is no thermal_storage `{}` at this site.", h.tank);
                    self.refuse(format!("{at}/tank"), "unknown_reference", text);
                }
            }
        }
    }

    fn battery(&mut self, at: &str, b: &Battery) {
        self.amount(at, "charge_max_kw", b.charge_max_kw, " kW");
        self.amount(at, "discharge_max_kw", b.discharge_max_kw, " kW");
        self.amount(at, "soc_min_kwh", b.soc_min_kwh, " kWh");
        self.amount(at, "soc_max_kwh", b.soc_max_kwh, " kWh");
        self.efficiency(at, "eta_charge", b.eta_charge);
        self.efficiency(at, "eta_discharge", b.eta_discharge);
        self.amount(at, "wear_cost_per_kwh_discharged", b.wear_cost_per_kwh_discharged, "");
        if b.soc_min_kwh > b.soc_max_kwh {
            let text = format!("soc_min_kwh ({}) is above soc_max_kwh ({}).", b.soc_min_kwh, b.soc_max_kwh);
            self.refuse(format!("{at}/soc_min_kwh"), "out_of_range", text);
            return;
        }
        self.number(at, "soc_initial_kwh", b.soc_initial_kwh, b.soc_min_kwh, b.soc_max_kwh, " kWh");
        self.number(at, "soc_final_kwh", b.soc_final_kwh, b.soc_min_kwh, b.soc_max_kwh, " kWh");
    }

    fn ev(&mut self, at: &str, e: &Ev) {
        self.amount(at, "charge_max_kw", e.charge_max_kw, " kW");
        self.number(at, "charge_min_kw", e.charge_min_kw, 0.0, e.charge_max_kw.max(0.0), " kW");
        self.efficiency(at, "eta_charge", e.eta_charge);
        self.amount(at, "energy_required_kwh", e.energy_required_kwh, " kWh");
        if e.arrive_step >= e.depart_step {
            let text = format!("It arrives in step {} and departs in step {}.", e.arrive_step, e.depart_step);
            self.refuse(format!("{at}/depart_step"), "out_of_order", text);
        } else if e.depart_step > self.steps {
            let text = format!("It departs in step {}; the problem has {} steps.", e.depart_step, self.steps);
            self.refuse(format!("{at}/depart_step"), "out_of_range", text);
        }
    }

    fn generator(&mut self, at: &str, g: &Generator) {
        self.amount(at, "power_max_kw", g.power_max_kw, " kW");
        self.number(at, "power_min_kw", g.power_min_kw, 0.0, g.power_max_kw.max(0.0), " kW");
        self.amount(at, "fuel_cost_per_kwh", g.fuel_cost_per_kwh, "");
        self.amount(at, "start_cost", g.start_cost, "");
        self.amount(at, "carbon_kg_per_kwh", g.carbon_kg_per_kwh, " kg");
        for (field, steps) in [("min_up_steps", g.min_up_steps), ("min_down_steps", g.min_down_steps)] {
            if steps > MAX_STEPS {
                let text = format!("{field} is {steps}; it may be 0 to {MAX_STEPS}.");
                self.refuse(format!("{at}/{field}"), "out_of_range", text);
            }
        }
    }

    fn job(&mut self, at: &str, j: &Job) {
        let n = j.profile_kw.len();
        if n == 0 || n > self.steps {
            let text = format!("profile_kw has {n} values; it may have 1 to {}.", self.steps);
            self.refuse(format!("{at}/profile_kw"), "wrong_length", text);
            return;
        }
        if let Some(i) = j.profile_kw.iter().position(|v| !(0.0..=MAX_VALUE).contains(v)) {
            let text = format!("profile_kw is {}; it may be 0 to {MAX_VALUE} kW.", j.profile_kw[i]);
            self.refuse(format!("{at}/profile_kw/{i}"), "out_of_range", text);
        }
        if j.latest_end_step > self.steps {
            let text = format!("latest_end_step is {}; the problem has {} steps.", j.latest_end_step, self.steps);
            self.refuse(format!("{at}/latest_end_step"), "out_of_range", text);
        } else if j.earliest_start_step.saturating_add(n) > j.latest_end_step {
            let text = format!(
                "The window from step {} to {} is shorter than the profile's {n} steps.",
                j.earliest_start_step, j.latest_end_step
            );
            self.refuse(format!("{at}/latest_end_step"), "out_of_order", text);
        }
    }

    fn thermal(&mut self, at: &str, s: &ThermalStorage) {
        self.amount(at, "capacity_kwh", s.capacity_kwh, " kWh");
        self.number(at, "initial_kwh", s.initial_kwh, 0.0, s.capacity_kwh.max(0.0), " kWh");
        self.number(at, "final_kwh", s.final_kwh, 0.0, s.capacity_kwh.max(0.0), " kWh");
        self.number(at, "loss_per_hour", s.loss_per_hour, 0.0, 1.0, "");
        self.series(at, "demand_kw_th", &s.demand_kw_th, 0.0);
    }

    fn precedence(&mut self, at: &str, p: &Precedence, assets: &HashMap<&str, &AssetKind>) {
        for (field, id) in [("before", &p.before), ("after", &p.after)] {
            if !matches!(assets.get(id.as_str()), Some(AssetKind::Job(_))) {
                self.refuse(format!("{at}/{field}"), "unknown_reference", format!("There is no job `{id}`."));
            }
        }
        if p.min_gap_steps > self.steps {
            let text = format!("min_gap_steps is {}; the problem has {} steps.", p.min_gap_steps, self.steps);
            self.refuse(format!("{at}/min_gap_steps"), "out_of_range", text);
        }
    }

    /// Jobs that wait for each other in a circle can never start.
    fn cycles(&mut self, p: &Problem) {
        let mut open: Vec<&Precedence> = p.precedences.iter().collect();
        loop {
            let left = open.len();
            let waits: HashSet<&str> = open.iter().map(|p| p.after.as_str()).collect();
            open.retain(|p| waits.contains(p.before.as_str()));
            if open.is_empty() {
                return;
            }
            if open.len() == left {
                let names: Vec<_> = open.iter().map(|p| p.before.as_str()).collect();
                let text = format!("These jobs wait for each other in a circle: {}.", names.join(", "));
                self.refuse("/precedences", "circular", text);
                return;
            }
        }
    }
}
