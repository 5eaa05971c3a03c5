//! Measured series on the grid of a plan: gaps of up to two hours filled, steps made finer or coarser.

/// Longest gap that is filled, seconds.
pub(crate) const MAX_GAP_S: i64 = 7_200;

/// Fills gaps between two neighbours in a straight line, if they are short enough. Answers which values were filled.
pub(crate) fn fill(values: &mut [f64], step_s: i64) -> Vec<bool> {
    let longest = usize::try_from(MAX_GAP_S / step_s.max(1)).unwrap_or_default();
    let mut filled = vec![false; values.len()];
    let mut before: Option<usize> = None;
    for i in 0..values.len() {
        if values[i].is_nan() {
            continue;
        }
        if let Some(b) = before.filter(|b| i - b > 1 && i - b - 1 <= longest) {
            let (low, high) = (values[b], values[i]);
            for k in b + 1..i {
                values[k] = low + (high - low) * (k - b) as f64 / (i - b) as f64;
                filled[k] = true;
            }
        }
        before = Some(i);
    }
    filled
}

/// Means over the steps of a plan: `start` is where the first value begins, `from` and `to` what is wanted. A value
/// holds over its whole interval.
pub(crate) fn resample(values: &[f64], start: i64, own_s: i64, from: i64, to: i64, step_s: i64) -> Vec<f64> {
    let common = gcd(own_s, step_s).max(1);
    let per = (step_s / common).max(1);
    let at = |t: i64| {
        let i = (t - start).div_euclid(own_s.max(1));
        usize::try_from(i).ok().and_then(|i| values.get(i)).copied().unwrap_or(f64::NAN)
    };
    let steps = (to - from) / step_s.max(1);
    let mean = |t: i64| (0..per).map(|k| at(from + t * step_s + k * common)).sum::<f64>() / per as f64;
    (0..steps).map(mean).collect()
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// What a channel's unit means in kW, if it is a power.
pub(crate) fn kw_per(unit: &str, step_s: i64) -> Option<f64> {
    match unit.to_ascii_lowercase().as_str() {
        "kw" => Some(1.0),
        "w" => Some(1e-3),
        "mw" => Some(1e3),
        "kwh_per_step" => Some(3_600.0 / step_s.max(1) as f64),
        _ => None,
    }
}

/// What a channel's unit means in currency per kWh, if it is a price.
pub(crate) fn price_per(unit: &str) -> Option<f64> {
    match unit.to_ascii_lowercase().as_str() {
        "currency_per_kwh" => Some(1.0),
        "currency_per_mwh" => Some(1e-3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;

    #[test]
    fn short_gaps_are_filled_long_ones_stay() {
        let mut v = vec![NAN, 1.0, NAN, NAN, 4.0, NAN, NAN, NAN, 8.0, NAN];
        let filled = fill(&mut v, 3_600);
        assert_eq!(v[1..5], [1.0, 2.0, 3.0, 4.0]);
        assert!(v[0].is_nan() && v[5].is_nan() && v[7].is_nan() && v[9].is_nan());
        assert_eq!(filled.iter().filter(|f| **f).count(), 2);
    }

    #[test]
    fn energy_is_kept_when_steps_change() {
        let hours = [4.0, 8.0];
        assert_eq!(resample(&hours, 0, 3_600, 0, 7_200, 1_800), [4.0, 4.0, 8.0, 8.0]);
        assert_eq!(resample(&[1.0, 2.0, 3.0, 4.0], 0, 900, 0, 3_600, 1_800), [1.5, 3.5]);
        // 10-minute values on 15-minute steps.
        assert_eq!(resample(&[3.0, 6.0, 9.0], 0, 600, 0, 1_800, 900), [4.0, 8.0]);
        assert_eq!(resample(&[1.0, 2.0, 3.0], -900, 900, 0, 900, 900), [2.0]);
        assert!(resample(&[1.0], 0, 900, 0, 1_800, 900)[1].is_nan());
    }

    #[test]
    fn units_are_known_or_refused() {
        assert_eq!(kw_per("kWh_per_step", 900), Some(4.0));
        assert_eq!(kw_per("degC", 900), None);
        assert_eq!(price_per("currency_per_MWh"), Some(1e-3));
        assert_eq!(price_per("kW"), None);
    }
}
