//! A site's own clock: local days and times of day as instants.

use chrono::{DateTime, Days, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// The instant of a local time of day. Of an hour that comes twice the first; a time that the clocks skip is when they
/// have skipped it.
pub(crate) fn instant(zone: Tz, date: NaiveDate, minutes: u32) -> DateTime<Utc> {
    let midnight = date.and_time(NaiveTime::MIN);
    let mut naive = midnight + TimeDelta::minutes(i64::from(minutes));
    for _ in 0..=8 {
        match zone.from_local_datetime(&naive) {
            LocalResult::Single(t) | LocalResult::Ambiguous(t, _) => return t.to_utc(),
            // Clocks skip an hour, in some places half of one, once a whole day.
            LocalResult::None => naive += TimeDelta::minutes(30),
        }
    }
    Utc.from_utc_datetime(&midnight)
}

/// The local day of an instant.
pub(crate) fn day(zone: Tz, at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// Local midnight at the begin of a day.
pub(crate) fn midnight(zone: Tz, date: NaiveDate) -> DateTime<Utc> {
    instant(zone, date, 0)
}

/// Days before, or the earliest there is.
pub(crate) fn earlier(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
}

/// Days after, or the latest there is.
pub(crate) fn later(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
}

/// A window of each local day, as instants: to a time that is not after its begin means to the next day.
pub(crate) fn windows(
    zone: Tz,
    from_min: u32,
    to_min: u32,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) -> Vec<(NaiveDate, DateTime<Utc>, DateTime<Utc>)> {
    let (first, last) = (earlier(day(zone, start), 1), day(zone, end));
    let window = |date: NaiveDate| {
        let until = if to_min > from_min { date } else { later(date, 1) };
        (date, instant(zone, date, from_min), instant(zone, until, to_min))
    };
    first.iter_days().take_while(|d| *d <= last).map(window).filter(|(_, a, b)| *a < end && *b > start).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn days_have_the_hours_that_their_clocks_show() {
        let zone: Tz = "Europe/Berlin".parse().unwrap();
        let date = |m, d| NaiveDate::from_ymd_opt(2026, m, d).unwrap();
        let hours = |d: NaiveDate| (midnight(zone, later(d, 1)) - midnight(zone, d)).num_hours();
        assert_eq!((hours(date(3, 28)), hours(date(3, 29)), hours(date(10, 25))), (24, 23, 25));
        assert_eq!(instant(zone, date(3, 29), 150), utc("2026-03-29T01:00:00Z"), "02:30 is skipped");
        assert_eq!(instant(zone, date(10, 25), 150), utc("2026-10-25T00:30:00Z"), "the first 02:30");
    }

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_of_its_begin() {
        let zone: Tz = "UTC".parse().unwrap();
        let (start, end) = (utc("2026-01-02T00:00:00Z"), utc("2026-01-03T00:00:00Z"));
        let found: Vec<String> = windows(zone, 18 * 60, 7 * 60, start, end).iter().map(|w| w.0.to_string()).collect();
        assert_eq!(found, ["2026-01-01", "2026-01-02"]);
        assert_eq!(windows(zone, 6 * 60, 22 * 60, start, end).len(), 1);
    }
}
