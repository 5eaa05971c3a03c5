//! The dispatch problem inline: stateless, the same model that serves stored sites.
//!
//! All variables are at least 0; step `t` covers `[t·step_hours, (t+1)·step_hours)`; power is constant within a step.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A dispatch problem. Every series has `steps` values.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DispatchProblem {
    /// Length of a step in hours.
    #[schema(example = 0.25)]
    pub step_hours: f64,
    /// Number of steps.
    #[schema(example = 96)]
    pub steps: usize,
    /// ISO 4217 code of every price and cost.
    #[schema(example = "EUR")]
    pub currency: String,
    /// Relative gap at which the optimum counts as proved; 1e-4 unless told.
    #[serde(default)]
    pub mip_rel_gap: Option<f64>,
    /// Longest solve in seconds; 30 unless told, at most 60.
    #[serde(default)]
    pub time_limit_s: Option<f64>,
    /// What to minimise; cost unless told.
    #[serde(default)]
    pub objective: DispatchObjective,
    /// The sites.
    pub sites: Vec<DispatchSite>,
    /// Which job comes before which.
    #[serde(default)]
    pub precedences: Vec<DispatchPrecedence>,
    /// Limit on the sum of all sites' imports, kW.
    #[serde(default)]
    pub shared_import_max_kw: Option<f64>,
}

/// What to minimise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DispatchObjective {
    /// `cost` (money), `carbon` (kg CO2e) or `cost_plus_carbon` (money, carbon priced).
    pub r#type: ObjectiveKind,
    /// Price of a kg CO2e, for `cost_plus_carbon`.
    #[serde(default)]
    pub carbon_price_per_kg: f64,
}

impl Default for DispatchObjective {
    fn default() -> Self {
        Self { r#type: ObjectiveKind::Cost, carbon_price_per_kg: 0.0 }
    }
}

/// The kind of objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObjectiveKind {
    /// Energy, demand, fuel, start and wear cost.
    Cost,
    /// kg CO2e of import and generators; exports get no credit.
    Carbon,
    /// Cost plus the carbon price times carbon.
    CostPlusCarbon,
}

/// One site: its connection and its assets.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DispatchSite {
    /// Unique among sites.
    pub id: String,
    /// The connection and its prices.
    pub grid: DispatchGrid,
    /// Loads, generation, storage.
    pub assets: Vec<DispatchAsset>,
}

/// The grid connection.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DispatchGrid {
    /// Limit of import, kW.
    pub import_max_kw: f64,
    /// Limit of export, kW.
    pub export_max_kw: f64,
    /// Price of import per kWh, by step.
    pub import_price_per_kwh: Vec<f64>,
    /// Price of export per kWh, by step.
    pub export_price_per_kwh: Vec<f64>,
    /// Charge per kW of the highest import.
    #[serde(default)]
    pub demand_charge_per_kw: f64,
    /// The highest import already charged in this billing period, kW: floor of the charged peak.
    #[serde(default)]
    pub peak_so_far_kw: f64,
    /// kg CO2e per kWh of import, by step; zeros if absent.
    #[serde(default)]
    pub carbon_kg_per_kwh: Option<Vec<f64>>,
}

/// An asset, told apart by `type`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum DispatchAsset {
    /// Demand that must be met.
    Load {
        /// Unique within the problem.
        id: String,
        /// kW by step.
        demand_kw: Vec<f64>,
    },
    /// Solar generation.
    Pv {
        /// Unique within the problem.
        id: String,
        /// kW by step.
        available_kw: Vec<f64>,
        /// Whether less than the available power may be used.
        #[serde(default)]
        curtailable: bool,
    },
    /// Battery; powers on the AC side.
    Battery {
        /// Unique within the problem.
        id: String,
        /// kW.
        charge_max_kw: f64,
        /// kW.
        discharge_max_kw: f64,
        /// kWh.
        soc_min_kwh: f64,
        /// kWh.
        soc_max_kwh: f64,
        /// 0 to 1, above 0.
        eta_charge: f64,
        /// 0 to 1, above 0.
        eta_discharge: f64,
        /// kWh at the start.
        soc_initial_kwh: f64,
        /// How the end compares with `soc_final_kwh`.
        soc_final_op: FinalOp,
        /// kWh at the end.
        soc_final_kwh: f64,
        /// Wear per discharged kWh (AC).
        #[serde(default)]
        wear_cost_per_kwh_discharged: f64,
    },
    /// One charging session of a vehicle.
    Ev {
        /// Unique within the problem.
        id: String,
        /// First step in which it may charge.
        arrive_step: usize,
        /// First step in which it no longer may.
        depart_step: usize,
        /// kW.
        charge_max_kw: f64,
        /// kW; charging is 0 or at least this.
        #[serde(default)]
        charge_min_kw: f64,
        /// 0 to 1, above 0.
        eta_charge: f64,
        /// kWh into the vehicle by departure.
        energy_required_kwh: f64,
    },
    /// Generator.
    Generator {
        /// Unique within the problem.
        id: String,
        /// kW while on.
        power_min_kw: f64,
        /// kW.
        power_max_kw: f64,
        /// Per kWh electric.
        fuel_cost_per_kwh: f64,
        /// Per start.
        #[serde(default)]
        start_cost: f64,
        /// Once on stays on this many steps.
        #[serde(default)]
        min_up_steps: usize,
        /// Once off stays off this many steps.
        #[serde(default)]
        min_down_steps: usize,
        /// Whether it runs before the first step.
        #[serde(default)]
        initial_on: bool,
        /// Steps it has been off before the first; long enough if absent.
        #[serde(default)]
        initial_off_steps: Option<usize>,
        /// kg CO2e per kWh electric.
        #[serde(default)]
        carbon_kg_per_kwh: f64,
    },
    /// A job with a fixed profile and a window to start in.
    Job {
        /// Unique within the problem.
        id: String,
        /// kW by step from its start.
        profile_kw: Vec<f64>,
        /// Earliest first step.
        earliest_start_step: usize,
        /// Its last step lies before this one.
        latest_end_step: usize,
    },
    /// Thermal storage with its heat demand.
    ThermalStorage {
        /// Unique within the problem.
        id: String,
        /// kWh of heat.
        capacity_kwh: f64,
        /// kWh at the start.
        initial_kwh: f64,
        /// How the end compares with `final_kwh`.
        final_op: FinalOp,
        /// kWh at the end.
        final_kwh: f64,
        /// Share lost per hour, 0 to 1.
        #[serde(default)]
        loss_per_hour: f64,
        /// Heat demand, kW thermal by step.
        demand_kw_th: Vec<f64>,
    },
    /// Heat pump or heater that feeds a tank.
    HeatSource {
        /// Unique within the problem.
        id: String,
        /// kW electric.
        power_max_kw: f64,
        /// kWh of heat per kWh electric (COP), by step.
        heat_per_kwh: Vec<f64>,
        /// Id of the thermal storage it feeds.
        tank: String,
    },
}

/// How an end value compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum FinalOp {
    /// Exactly.
    #[serde(rename = "==")]
    Equal,
    /// At least.
    #[serde(rename = ">=")]
    AtLeast,
}

/// One job waits for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DispatchPrecedence {
    /// Job that comes first.
    pub before: String,
    /// Job that follows.
    pub after: String,
    /// Steps between the end of the first and the start of the second.
    #[serde(default)]
    pub min_gap_steps: usize,
}

/// The answer: plan, cost, carbon, baselines and savings.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DispatchResult {
    /// `optimal` (proved within the gap) or `feasible` (the best plan at the time limit, with its gap).
    pub status: DispatchStatus,
    /// Value of the objective (money, or kg for `carbon`).
    pub objective: f64,
    /// Proved relative gap.
    pub rel_gap: f64,
    /// Build and solve, ms.
    pub solve_ms: f64,
    /// ISO 4217 code of every cost.
    pub currency: String,
    /// Cost by component.
    pub cost: CostBreakdown,
    /// kg CO2e of import and generators.
    pub carbon_kg: f64,
    /// Highest import of a site, kW.
    pub peak_kw: f64,
    /// The plan.
    pub sites: Vec<SitePlan>,
    /// What the same period costs without the optimum.
    pub baselines: Baselines,
    /// Baseline cost minus the plan's cost.
    pub savings: Savings,
}

/// How sure the plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DispatchStatus {
    /// Proved within the gap.
    Optimal,
    /// Best known at the time limit.
    Feasible,
}

/// Cost by component, in the problem's currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CostBreakdown {
    /// Import minus export.
    pub energy: f64,
    /// Demand charge.
    pub demand: f64,
    /// Generator fuel.
    pub fuel: f64,
    /// Generator starts.
    pub start: f64,
    /// Battery wear.
    pub wear: f64,
    /// Carbon at its price, where priced.
    pub carbon: f64,
    /// Sum.
    pub total: f64,
}

/// A site's part of a plan.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SitePlan {
    /// The site.
    pub id: String,
    /// kW by step.
    pub import_kw: Vec<f64>,
    /// kW by step.
    pub export_kw: Vec<f64>,
    /// Each asset's part.
    pub assets: Vec<AssetPlan>,
}

/// An asset's part of a plan: only the series that its type has.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct AssetPlan {
    /// The asset.
    pub id: String,
    /// Its type.
    pub r#type: String,
    /// Drawn (load, ev, job, heat source) or given (generator) power, kW.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_kw: Option<Vec<f64>>,
    /// Used solar power, kW.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_kw: Option<Vec<f64>>,
    /// Unused solar power, kW.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curtailed_kw: Option<Vec<f64>>,
    /// Battery charge, kW.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge_kw: Option<Vec<f64>>,
    /// Battery discharge, kW.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discharge_kw: Option<Vec<f64>>,
    /// Content at the end of each step, kWh (battery, thermal storage).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soc_kwh: Option<Vec<f64>>,
    /// First step of a job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_step: Option<usize>,
    /// Whether a generator is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Vec<bool>>,
}

/// Both baselines.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Baselines {
    /// No control: load as it came, solar used or exported, vehicles charge on arrival, jobs at their earliest.
    pub none: Baseline,
    /// The better of a self-consumption rule and a price-threshold rule.
    pub rule: Baseline,
}

/// What a baseline costs.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Baseline {
    /// Which rule.
    pub name: String,
    /// Cost by component.
    pub cost: CostBreakdown,
    /// kg CO2e.
    pub carbon_kg: f64,
    /// Highest import of a site, kW.
    pub peak_kw: f64,
    /// Whether the baseline keeps every limit; if not, its cost is that of a plan which could not be run.
    pub feasible: bool,
    /// Sum of all sites' import, kW by step.
    pub import_kw: Vec<f64>,
    /// Sum of all sites' export, kW by step.
    pub export_kw: Vec<f64>,
}

/// Baseline cost minus the plan's cost, in money; negative means dearer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Savings {
    /// Against no control.
    pub vs_none: f64,
    /// Against the rule.
    pub vs_rule: f64,
}

/// The problem document of a refused dispatch: with the code `infeasible` it tells what cannot hold together.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DispatchRefusal {
    /// The problem document.
    #[serde(flatten)]
    pub problem: crate::Problem,
    /// The smallest set of requirements that cannot hold together; only with the code `infeasible`.
    #[serde(default)]
    pub violations: Vec<Violation>,
}

/// A requirement that cannot hold together with a limit (in a 422 with code `infeasible`, and in a failed job).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Violation {
    /// The asset.
    pub asset: String,
    /// The limit's field.
    pub limit: String,
    /// First step.
    pub from_step: usize,
    /// First step after.
    pub to_step: usize,
    /// By how much.
    pub amount: f64,
    /// Unit of the amount.
    pub unit: String,
    /// One sentence.
    pub message: String,
}
