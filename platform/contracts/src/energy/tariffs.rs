//! Tariffs: never edited in place; a change is a new tariff.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A tariff as a person writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTariff {
    /// Unique within the group.
    #[schema(example = "Industry, three periods")]
    pub name: String,
    /// ISO 4217.
    #[schema(example = "EUR")]
    pub currency: String,
    /// Price of import.
    pub import: Price,
    /// Price of export; 0 if absent.
    #[serde(default)]
    pub export: Option<Price>,
    /// Charge per kW of the month's highest import.
    #[serde(default)]
    pub demand_charge_per_kw_month: f64,
    /// Where the prices come from, what was assumed.
    #[serde(default)]
    pub notes: Option<String>,
}

/// A tariff.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Tariff {
    /// Id.
    pub id: Uuid,
    /// Unique within the group.
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// Price of import.
    pub import: Price,
    /// Price of export; 0 if absent.
    pub export: Option<Price>,
    /// Charge per kW of the month's highest import.
    pub demand_charge_per_kw_month: f64,
    /// Where the prices come from, what was assumed.
    pub notes: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A price per kWh over time, told apart by `type`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Price {
    /// One price.
    Flat {
        /// Per kWh.
        price_per_kwh: f64,
    },
    /// By window of the day, in the site's time zone; the first window that fits holds.
    TimeOfUse {
        /// Per kWh where no window fits.
        default_price_per_kwh: f64,
        /// Windows.
        windows: Vec<PriceWindow>,
    },
    /// From a channel of the site's readings: `channel · factor + adder`.
    Dynamic {
        /// Channel in currency per kWh.
        channel: String,
        /// Multiplies the channel (VAT); 1 unless told.
        #[serde(default = "one")]
        factor: f64,
        /// Added per kWh (grid fees, taxes).
        #[serde(default)]
        adder_per_kwh: f64,
    },
}

fn one() -> f64 {
    1.0
}

/// A window of a time-of-use price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceWindow {
    /// Shown name, e.g. `peak`.
    #[schema(example = "peak")]
    pub name: String,
    /// Months 1 to 12; all if empty.
    #[serde(default)]
    pub months: Vec<u8>,
    /// ISO weekdays 1 (Monday) to 7; all if empty.
    #[serde(default)]
    pub weekdays: Vec<u8>,
    /// `HH:MM`.
    #[schema(example = "09:00")]
    pub from_time: String,
    /// `HH:MM`, `24:00` for midnight; before `from_time` means over midnight.
    #[schema(example = "12:00")]
    pub to_time: String,
    /// Per kWh.
    pub price_per_kwh: f64,
}
