//! Optimisation of a stored site: a job whose result is a plan.

use super::{DispatchResult, ObjectiveKind};
use crate::{JobError, JobStatus};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Asks for a plan. Everything but the site has a default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOptimization {
    /// The site.
    pub site_id: Uuid,
    /// Start of the plan, on the site's step; the last whole local day of the readings if absent.
    #[serde(default)]
    pub start: Option<DateTime<Utc>>,
    /// Length in hours, 1 to 168; 24 if absent.
    #[serde(default)]
    pub hours: Option<u32>,
    /// What to minimise; cost if absent.
    #[serde(default)]
    pub objective: Option<ObjectiveKind>,
    /// Price of a kg CO2e, for `cost_plus_carbon`.
    #[serde(default)]
    pub carbon_price_per_kg: Option<f64>,
    /// State of charge at the start by battery or tank name, as a share of the usable range; 0.5 if absent.
    #[serde(default)]
    pub initial_soc_ratio: BTreeMap<String, f64>,
    /// Highest import that the month is charged for anyhow, kW: floor of the charged peak. If absent, from the readings:
    /// load minus solar without control, in the plan's month outside the plan, or else in the month before.
    #[serde(default)]
    pub peak_so_far_kw: Option<f64>,
    /// Relative gap, 0 to 0.1; 1e-4 if absent.
    #[serde(default)]
    pub mip_rel_gap: Option<f64>,
    /// Longest solve, 1 to 60 s; 30 if absent.
    #[serde(default)]
    pub time_limit_s: Option<f64>,
}

/// An optimisation: the job, what was asked and, in the end, the plan.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Optimization {
    /// Id.
    pub id: Uuid,
    /// The site.
    pub site_id: Uuid,
    /// Where the job stands.
    pub status: JobStatus,
    /// 0 to 1.
    pub progress_ratio: f64,
    /// What was asked, defaults filled in.
    pub request: NewOptimization,
    /// Who asked.
    pub requested_by: Uuid,
    /// The plan, once succeeded; absent in lists.
    pub result: Option<OptimizationResult>,
    /// Totals of the plan, once succeeded; also in lists.
    pub summary: Option<OptimizationSummary>,
    /// Why it failed.
    pub error: Option<JobError>,
    /// How often a worker took it up.
    pub attempts: u32,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When a worker took it up.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// The totals of a plan.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OptimizationSummary {
    /// ISO 4217.
    pub currency: String,
    /// Cost of the plan.
    pub cost_total: f64,
    /// Cost with no control.
    pub none_total: f64,
    /// Cost with the rule.
    pub rule_total: f64,
    /// Proved relative gap.
    pub rel_gap: f64,
    /// Build and solve, ms.
    pub solve_ms: f64,
    /// Highest import, kW.
    pub peak_kw: f64,
    /// kg CO2e; absent where the site states no carbon intensity.
    pub carbon_kg: Option<f64>,
}

/// A plan over a stored site: the dispatch result and what it was made from.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OptimizationResult {
    /// Start of the first step.
    pub start: DateTime<Utc>,
    /// Length of a step, seconds.
    pub step_s: u32,
    /// Import price per kWh by step.
    pub import_price_per_kwh: Vec<f64>,
    /// Export price per kWh by step.
    pub export_price_per_kwh: Vec<f64>,
    /// Where the series came from: `measured` (the readings of the period itself, so a plan in hindsight).
    pub inputs: String,
    /// Values that were missing in the readings and filled (linear between neighbours, up to 2 h).
    pub filled_values: u64,
    /// Shown name by asset id.
    pub asset_names: BTreeMap<String, String>,
    /// Whether the site states a carbon intensity.
    pub carbon_known: bool,
    /// The plan.
    pub dispatch: DispatchResult,
}
