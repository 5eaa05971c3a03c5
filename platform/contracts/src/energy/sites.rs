//! Sites and their assets.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a person writes of a site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSite {
    /// Unique within the group.
    #[schema(example = "Steel works")]
    pub name: String,
    /// The team it belongs to; who is bound to a team sees only its sites.
    #[serde(default)]
    #[schema(example = "north")]
    pub team: Option<String>,
    /// IANA name; tariff windows and days are in it.
    #[schema(example = "Europe/Berlin")]
    pub time_zone: String,
    /// ISO 4217.
    #[schema(example = "EUR")]
    pub currency: String,
    /// Where it is.
    #[serde(default)]
    pub location: Option<Location>,
    /// The grid connection.
    pub grid: SiteGrid,
    /// Which tariff holds; without one nothing can be optimised.
    #[serde(default)]
    pub tariff_id: Option<Uuid>,
    /// Carbon intensity of import, kg CO2e per kWh; without one no carbon is shown.
    #[serde(default)]
    pub carbon_kg_per_kwh: Option<f64>,
    /// Step of plans, seconds: 300, 900, 1800 or 3600.
    #[schema(example = 900)]
    pub step_s: u32,
    /// Where the data comes from, its licence, what was assumed.
    #[serde(default)]
    pub notes: Option<String>,
}

/// A place on earth, degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// Latitude.
    pub lat: f64,
    /// Longitude.
    pub lon: f64,
}

/// Limits of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteGrid {
    /// kW.
    #[schema(example = 800.0)]
    pub import_max_kw: f64,
    /// kW.
    #[schema(example = 0.0)]
    pub export_max_kw: f64,
}

/// A site.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Site {
    /// Id.
    pub id: Uuid,
    /// Unique within the group.
    pub name: String,
    /// The team it belongs to.
    pub team: Option<String>,
    /// IANA name.
    pub time_zone: String,
    /// ISO 4217.
    pub currency: String,
    /// Where it is.
    pub location: Option<Location>,
    /// The grid connection.
    pub grid: SiteGrid,
    /// Which tariff holds.
    pub tariff_id: Option<Uuid>,
    /// Carbon intensity of import, kg CO2e per kWh.
    pub carbon_kg_per_kwh: Option<f64>,
    /// Step of plans, seconds.
    pub step_s: u32,
    /// Where the data comes from, its licence, what was assumed.
    pub notes: Option<String>,
    /// Number of assets.
    pub asset_count: u64,
    /// Newest reading of any channel.
    pub last_reading_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// Version, also in the `ETag`.
    pub version: i64,
}

/// An asset as a person writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAsset {
    /// Unique within the site.
    #[schema(example = "Battery 1")]
    pub name: String,
    /// What it is and its figures.
    pub spec: AssetSpec,
}

/// An asset.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Asset {
    /// Id.
    pub id: Uuid,
    /// Its site.
    pub site_id: Uuid,
    /// Unique within the site.
    pub name: String,
    /// What it is and its figures.
    pub spec: AssetSpec,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// Version, also in the `ETag`.
    pub version: i64,
}

/// An asset's figures, told apart by `type`. Series are taken from the named channel of the site's readings;
/// `*_time` is `HH:MM` in the site's time zone and holds every day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum AssetSpec {
    /// Demand that must be met.
    Load {
        /// Channel in kW.
        channel: String,
    },
    /// Solar generation.
    Pv {
        /// Channel in kW.
        channel: String,
        /// Whether it may be curtailed.
        #[serde(default)]
        curtailable: bool,
        /// Peak power, kW.
        #[serde(default)]
        peak_kw: Option<f64>,
    },
    /// Battery; powers on the AC side.
    Battery {
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
        /// Wear per discharged kWh.
        #[serde(default)]
        wear_cost_per_kwh_discharged: f64,
    },
    /// A vehicle that charges every day.
    Ev {
        /// `HH:MM`.
        arrive_time: String,
        /// `HH:MM`; the next day if not after the arrival.
        depart_time: String,
        /// kW.
        charge_max_kw: f64,
        /// kW.
        #[serde(default)]
        charge_min_kw: f64,
        /// 0 to 1, above 0.
        eta_charge: f64,
        /// kWh by departure.
        energy_required_kwh: f64,
    },
    /// Generator.
    Generator {
        /// kW while on.
        power_min_kw: f64,
        /// kW.
        power_max_kw: f64,
        /// Per kWh electric.
        fuel_cost_per_kwh: f64,
        /// Per start.
        #[serde(default)]
        start_cost: f64,
        /// Minutes.
        #[serde(default)]
        min_up_minutes: u32,
        /// Minutes.
        #[serde(default)]
        min_down_minutes: u32,
        /// kg CO2e per kWh electric.
        #[serde(default)]
        carbon_kg_per_kwh: f64,
    },
    /// A job that runs once every day.
    Job {
        /// kW by step of the site from its start.
        profile_kw: Vec<f64>,
        /// `HH:MM`.
        earliest_start_time: String,
        /// `HH:MM`; the next day if not after the start.
        latest_end_time: String,
        /// Name of the job asset that must end before.
        #[serde(default)]
        after: Option<String>,
    },
    /// Thermal storage and its heat demand.
    ThermalStorage {
        /// kWh of heat.
        capacity_kwh: f64,
        /// Share lost per hour.
        #[serde(default)]
        loss_per_hour: f64,
        /// Channel of the heat demand in kW thermal.
        demand_channel: String,
    },
    /// Heat pump or heater.
    HeatSource {
        /// kW electric.
        power_max_kw: f64,
        /// kWh of heat per kWh electric.
        cop: f64,
        /// Name of the thermal storage asset it feeds.
        tank: String,
    },
}
