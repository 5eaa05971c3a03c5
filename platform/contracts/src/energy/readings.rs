//! Measured series of a site, by channel. Writing again replaces: the key is (site, channel, time).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Bulk feed: one or more channels.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadingsUpload {
    /// The series; together at most 1,000,000 values.
    pub series: Vec<SeriesUpload>,
}

/// One channel's values on a regular grid. A null is a gap and removes nothing.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeriesUpload {
    /// Lower-case name, e.g. `load`, `pv`, `price`.
    #[schema(example = "load")]
    pub channel: String,
    /// `kW`, `kWh_per_step`, `currency_per_kWh`, `degC` or another; kept with the channel.
    #[schema(example = "kW")]
    pub unit: String,
    /// Start of the first interval.
    pub start: DateTime<Utc>,
    /// Length of an interval, seconds.
    #[schema(example = 900)]
    pub step_s: u32,
    /// Values.
    pub values: Vec<Option<f64>>,
}

/// What an upload did.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReadingsReport {
    /// By channel.
    pub channels: Vec<ChannelReport>,
}

/// What an upload did to one channel.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ChannelReport {
    /// Channel.
    pub channel: String,
    /// Values given.
    pub received: u64,
    /// New values.
    pub inserted: u64,
    /// Values that replaced another one.
    pub updated: u64,
    /// Values that were there already.
    pub unchanged: u64,
    /// Times given more than once in this upload; the last one holds.
    pub duplicates: u64,
    /// Missing values between the first and last time given.
    pub gaps: u64,
    /// First time given.
    pub first: Option<DateTime<Utc>>,
    /// Last time given.
    pub last: Option<DateTime<Utc>>,
}

/// A channel of a site.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Channel {
    /// Name.
    pub channel: String,
    /// Unit.
    pub unit: String,
    /// Length of an interval, seconds.
    pub step_s: u32,
    /// Number of values.
    pub count: u64,
    /// First time.
    pub first: Option<DateTime<Utc>>,
    /// Last time.
    pub last: Option<DateTime<Utc>>,
    /// Missing values between first and last.
    pub gaps: u64,
}

/// A series read back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Series {
    /// Channel.
    pub channel: String,
    /// Unit.
    pub unit: String,
    /// Start of the first interval.
    pub start: DateTime<Utc>,
    /// Length of an interval, seconds.
    pub step_s: u32,
    /// Means over each interval; null where nothing was measured.
    pub values: Vec<Option<f64>>,
}

/// Series of a site over one window.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SeriesSet {
    /// Newest reading of the site.
    pub last_reading_at: Option<DateTime<Utc>>,
    /// The series, as asked for.
    pub series: Vec<Series>,
}
