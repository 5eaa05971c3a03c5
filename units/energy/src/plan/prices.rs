//! Time-of-use prices: the first window that fits holds, on the site's own clock.

use crate::check::minutes;
use chrono::{DateTime, Datelike, Timelike, Utc};
use chrono_tz::Tz;
use nqba_contracts::energy::PriceWindow;

/// Price per kWh in the step that begins at `at`.
pub(crate) fn time_of_use(default: f64, windows: &[PriceWindow], zone: Tz, at: DateTime<Utc>) -> f64 {
    let local = at.with_timezone(&zone);
    let (month, weekday) = (local.month(), local.weekday().number_from_monday());
    let now = local.hour() * 60 + local.minute();
    let listed = |list: &[u8], n: u32| list.is_empty() || list.iter().any(|x| u32::from(*x) == n);
    let fits = |w: &&PriceWindow| {
        let (from, to) = (minutes(&w.from_time).unwrap_or(0), minutes(&w.to_time).unwrap_or(0));
        let inside = if from < to { (from..to).contains(&now) } else { now >= from || now < to };
        inside && listed(&w.months, month) && listed(&w.weekdays, weekday)
    };
    windows.iter().find(fits).map_or(default, |w| w.price_per_kwh)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: &str, to: &str, weekdays: &[u8], price_per_kwh: f64) -> PriceWindow {
        PriceWindow {
            name: "w".into(),
            months: vec![],
            weekdays: weekdays.to_vec(),
            from_time: from.into(),
            to_time: to.into(),
            price_per_kwh,
        }
    }

    #[test]
    fn the_first_window_that_fits_holds() {
        let windows = [
            window("12:00", "13:00", &[], 2.0),
            window("09:00", "17:00", &[1, 2, 3, 4, 5], 3.0),
            window("23:00", "07:00", &[], 0.5),
        ];
        let zone: Tz = "Europe/Berlin".parse().unwrap();
        let price = |text: &str| time_of_use(1.0, &windows, zone, text.parse().unwrap());
        assert_eq!(price("2026-01-14T11:30:00Z"), 2.0, "Wednesday 12:30");
        assert_eq!(price("2026-01-14T09:00:00Z"), 3.0, "Wednesday 10:00");
        assert_eq!(price("2026-01-17T09:00:00Z"), 1.0, "Saturday 10:00");
        assert_eq!(price("2026-01-14T22:00:00Z"), 0.5, "23:00");
        assert_eq!(price("2026-01-14T05:45:00Z"), 0.5, "06:45");
        assert_eq!(price("2026-01-14T06:00:00Z"), 1.0, "07:00");
        assert_eq!(price("2026-07-14T10:30:00Z"), 2.0, "12:30 in summer");
    }
}
