//! Time is asked of a clock, so that tests can set it. Precision is the database's: microseconds.

use chrono::{DateTime, SubsecRound, Utc};

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now, UTC, whole microseconds.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        now_us()
    }
}

#[allow(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
/// The machine's time in whole microseconds: what PostgreSQL keeps, so a value read back equals the value written.
#[must_use]
pub fn now_us() -> DateTime<Utc> {
    truncate_us(Utc::now())
}

/// Cuts to whole microseconds.
#[must_use]
pub fn truncate_us(t: DateTime<Utc>) -> DateTime<Utc> {
    t.trunc_subsecs(6)
}
