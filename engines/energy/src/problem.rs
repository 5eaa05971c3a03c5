//! The problem and the plan as plain data.

/// A dispatch problem. Every series has `steps` values.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Length of a step, h.
    pub step_hours: f64,
    /// Number of steps.
    pub steps: usize,
    /// What to minimise.
    pub objective: Objective,
    /// Relative gap at which the optimum counts as proved.
    pub mip_rel_gap: f64,
    /// Longest solve, s.
    pub time_limit_s: f64,
    /// The sites.
    pub sites: Vec<Site>,
    /// Which job comes before which.
    pub precedences: Vec<Precedence>,
    /// Limit on the sum of all sites' imports, kW.
    pub shared_import_max_kw: Option<f64>,
}

/// What to minimise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Objective {
    /// Money: energy, demand, fuel, start and wear cost.
    Cost,
    /// kg CO2e of import and generators; exports get no credit.
    Carbon,
    /// Money plus carbon at a price.
    CostPlusCarbon {
        /// Money per kg CO2e.
        carbon_price_per_kg: f64,
    },
}

impl Objective {
    /// Weight of money in the objective.
    #[must_use]
    pub fn money(self) -> f64 {
        if self == Self::Carbon { 0.0 } else { 1.0 }
    }
    /// Weight of a kg CO2e in the objective.
    #[must_use]
    pub fn carbon(self) -> f64 {
        match self {
            Self::Cost => 0.0,
            Self::Carbon => 1.0,
            Self::CostPlusCarbon { carbon_price_per_kg } => carbon_price_per_kg,
        }
    }
}

/// One site: its connection and its assets.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// Unique among sites.
    pub id: String,
    /// The connection and its prices.
    pub grid: Grid,
    /// Loads, generation, storage.
    pub assets: Vec<Asset>,
}

/// The grid connection.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Limit of import, kW.
    pub import_max_kw: f64,
    /// Limit of export, kW.
    pub export_max_kw: f64,
    /// Price of import per kWh, by step.
    pub import_price_per_kwh: Vec<f64>,
    /// Price of export per kWh, by step.
    pub export_price_per_kwh: Vec<f64>,
    /// Charge per kW of the highest import.
    pub demand_charge_per_kw: f64,
    /// Highest import already charged in this billing period, kW: floor of the charged peak.
    pub peak_so_far_kw: f64,
    /// kg CO2e per kWh of import, by step.
    pub carbon_kg_per_kwh: Vec<f64>,
}

/// An asset.
#[derive(Debug, Clone, PartialEq)]
pub struct Asset {
    /// Unique within the problem.
    pub id: String,
    /// What it is.
    pub kind: AssetKind,
}

/// What an asset is.
#[derive(Debug, Clone, PartialEq)]
pub enum AssetKind {
    /// Demand that must be met.
    Load {
        /// kW by step.
        demand_kw: Vec<f64>,
    },
    /// Solar generation.
    Pv {
        /// kW by step.
        available_kw: Vec<f64>,
        /// Whether less may be used.
        curtailable: bool,
    },
    /// Battery.
    Battery(Battery),
    /// One charging session.
    Ev(Ev),
    /// Generator.
    Generator(Generator),
    /// Job with a fixed profile.
    Job(Job),
    /// Thermal storage and its heat demand.
    ThermalStorage(ThermalStorage),
    /// Heat pump or heater.
    HeatSource(HeatSource),
}

impl AssetKind {
    /// The word on the wire.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Load { .. } => "load",
            Self::Pv { .. } => "pv",
            Self::Battery(_) => "battery",
            Self::Ev(_) => "ev",
            Self::Generator(_) => "generator",
            Self::Job(_) => "job",
            Self::ThermalStorage(_) => "thermal_storage",
            Self::HeatSource(_) => "heat_source",
        }
    }
}

/// How an end value compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinalOp {
    /// Exactly.
    Equal,
    /// At least.
    AtLeast,
}

/// Battery; powers on the AC side.
#[derive(Debug, Clone, PartialEq)]
pub struct Battery {
    /// kW.
    pub charge_max_kw: f64,
    /// kW.
    pub discharge_max_kw: f64,
    /// kWh.
    pub soc_min_kwh: f64,
    /// kWh.
    pub soc_max_kwh: f64,
    /// Above 0, at most 1.
    pub eta_charge: f64,
    /// Above 0, at most 1.
    pub eta_discharge: f64,
    /// kWh.
    pub soc_initial_kwh: f64,
    /// How the end compares.
    pub soc_final_op: FinalOp,
    /// kWh.
    pub soc_final_kwh: f64,
    /// Money per discharged kWh.
    pub wear_cost_per_kwh_discharged: f64,
}

/// One charging session.
#[derive(Debug, Clone, PartialEq)]
pub struct Ev {
    /// First step in which it may charge.
    pub arrive_step: usize,
    /// First step in which it no longer may.
    pub depart_step: usize,
    /// kW.
    pub charge_max_kw: f64,
    /// kW; charging is 0 or at least this.
    pub charge_min_kw: f64,
    /// Above 0, at most 1.
    pub eta_charge: f64,
    /// kWh into the vehicle by departure.
    pub energy_required_kwh: f64,
}

/// Generator.
#[derive(Debug, Clone, PartialEq)]
pub struct Generator {
    /// kW while on.
    pub power_min_kw: f64,
    /// kW.
    pub power_max_kw: f64,
    /// Money per kWh electric.
    pub fuel_cost_per_kwh: f64,
    /// Money per start.
    pub start_cost: f64,
    /// Once on stays on this many steps.
    pub min_up_steps: usize,
    /// Once off stays off this many steps.
    pub min_down_steps: usize,
    /// Whether it runs before the first step (then for long enough).
    pub initial_on: bool,
    /// Steps it has been off before the first; long enough if absent.
    pub initial_off_steps: Option<usize>,
    /// kg CO2e per kWh electric.
    pub carbon_kg_per_kwh: f64,
}

impl Generator {
    /// Steps at the start in which it must stay off.
    #[must_use]
    pub fn held_off_steps(&self) -> usize {
        match self.initial_off_steps {
            Some(off) if !self.initial_on => self.min_down_steps.saturating_sub(off),
            _ => 0,
        }
    }
}

/// Job with a fixed profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// kW by step from its start.
    pub profile_kw: Vec<f64>,
    /// Earliest first step.
    pub earliest_start_step: usize,
    /// Its last step lies before this one.
    pub latest_end_step: usize,
}

impl Job {
    /// Latest first step.
    #[must_use]
    pub fn latest_start_step(&self) -> usize {
        self.latest_end_step.saturating_sub(self.profile_kw.len())
    }
}

/// Thermal storage and its heat demand.
#[derive(Debug, Clone, PartialEq)]
pub struct ThermalStorage {
    /// kWh of heat.
    pub capacity_kwh: f64,
    /// kWh.
    pub initial_kwh: f64,
    /// How the end compares.
    pub final_op: FinalOp,
    /// kWh.
    pub final_kwh: f64,
    /// Share lost per hour, 0 to 1.
    pub loss_per_hour: f64,
    /// kW thermal by step.
    pub demand_kw_th: Vec<f64>,
}

impl ThermalStorage {
    /// Share of the content that is left after a step.
    #[must_use]
    pub fn keep(&self, step_hours: f64) -> f64 {
        (1.0 - self.loss_per_hour).powf(step_hours)
    }
}

/// Heat pump or heater.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatSource {
    /// kW electric.
    pub power_max_kw: f64,
    /// kWh of heat per kWh electric, by step.
    pub heat_per_kwh: Vec<f64>,
    /// Id of the thermal storage it feeds.
    pub tank: String,
}

/// One job waits for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Precedence {
    /// Job that comes first.
    pub before: String,
    /// Job that follows.
    pub after: String,
    /// Steps between the end of the first and the start of the second.
    pub min_gap_steps: usize,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// By site, in the problem's order.
    pub sites: Vec<SitePlan>,
}

/// A site's part of a plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SitePlan {
    /// The site.
    pub id: String,
    /// kW by step.
    pub import_kw: Vec<f64>,
    /// kW by step.
    pub export_kw: Vec<f64>,
    /// By asset, in the problem's order.
    pub assets: Vec<AssetPlan>,
}

/// An asset's part of a plan: only the series that its kind has.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AssetPlan {
    /// The asset.
    pub id: String,
    /// Drawn (load, ev, job, heat source) or given (generator) power, kW.
    pub power_kw: Option<Vec<f64>>,
    /// Used solar power, kW.
    pub used_kw: Option<Vec<f64>>,
    /// Unused solar power, kW.
    pub curtailed_kw: Option<Vec<f64>>,
    /// Battery charge, kW.
    pub charge_kw: Option<Vec<f64>>,
    /// Battery discharge, kW.
    pub discharge_kw: Option<Vec<f64>>,
    /// Content at the end of each step, kWh (battery, thermal storage).
    pub soc_kwh: Option<Vec<f64>>,
    /// First step of a job.
    pub start_step: Option<usize>,
    /// Whether a generator is on.
    pub on: Option<Vec<bool>>,
}

impl AssetPlan {
    /// An empty part.
    #[must_use]
    pub fn of(id: &str) -> Self {
        Self { id: id.to_owned(), ..Self::default() }
    }

    /// Power that the asset gives to the site in a step, minus what it draws, kW.
    #[must_use]
    pub fn injection_kw(&self, kind: &AssetKind, t: usize) -> f64 {
        let at = |s: &Option<Vec<f64>>| s.as_ref().and_then(|v| v.get(t)).copied().unwrap_or(0.0);
        match kind {
            AssetKind::Pv { .. } => at(&self.used_kw),
            AssetKind::Battery(_) => at(&self.discharge_kw) - at(&self.charge_kw),
            AssetKind::Generator(_) => at(&self.power_kw),
            AssetKind::ThermalStorage(_) => 0.0,
            _ => -at(&self.power_kw),
        }
    }
}
