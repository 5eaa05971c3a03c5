//! What was asked for, checked against the site, its defaults filled in: from then on it says all that a plan depends
//! on but the readings.

use super::{
    calendar,
    stored::{Grid, Stored},
};
use crate::check::Fields;
use chrono::{DateTime, TimeDelta, Utc};
use nqba_contracts::energy::{AssetSpec, NewOptimization, ObjectiveKind};
use nqba_core::{Error, Result};

const MAX_HOURS: u32 = 168;
pub(crate) const GAP: f64 = 1e-4;
pub(crate) const TIME_LIMIT_S: f64 = 30.0;

/// Fills in the defaults.
pub(crate) fn resolve(stored: &Stored, asked: &NewOptimization, time_limit_max_s: f64) -> Result<NewOptimization> {
    let mut f = Fields::default();
    let hours = asked.hours.unwrap_or(24);
    f.number("/hours", f64::from(hours), 1.0, f64::from(MAX_HOURS), " h");
    f.number("/mip_rel_gap", asked.mip_rel_gap.unwrap_or(GAP), 0.0, 0.1, "");
    f.number("/time_limit_s", asked.time_limit_s.unwrap_or(1.0), 1.0, time_limit_max_s, " s");
    f.amount("/peak_so_far_kw", asked.peak_so_far_kw.unwrap_or_default(), " kW");
    f.number("/carbon_price_per_kg", asked.carbon_price_per_kg.unwrap_or_default(), 0.0, 1e6, "");
    let objective = asked.objective.unwrap_or(ObjectiveKind::Cost);
    carbon(&mut f, stored, asked, objective);
    let holds = |s: &AssetSpec| matches!(s, AssetSpec::Battery { .. } | AssetSpec::ThermalStorage { .. });
    for (name, ratio) in &asked.initial_soc_ratio {
        let at = format!("/initial_soc_ratio/{}", name.replace('~', "~0").replace('/', "~1"));
        f.number(&at, *ratio, 0.0, 1.0, "");
        if !stored.assets.iter().any(|a| a.name == *name && holds(&a.spec)) {
            f.refuse(at, "unknown_reference", "The site has no battery or thermal storage with this name.");
        }
    }
    f.done()?;
    let start = start(stored, asked.start, hours)?;
    Ok(NewOptimization {
        start: Some(start),
        hours: Some(hours),
        objective: Some(objective),
        mip_rel_gap: Some(asked.mip_rel_gap.unwrap_or(GAP)),
        time_limit_s: Some(asked.time_limit_s.unwrap_or(TIME_LIMIT_S.min(time_limit_max_s))),
        ..asked.clone()
    })
}

fn carbon(f: &mut Fields, stored: &Stored, asked: &NewOptimization, objective: ObjectiveKind) {
    if objective == ObjectiveKind::Cost {
        return;
    }
    if stored.site.carbon_kg_per_kwh.is_none() {
        let text = "The site states no carbon intensity; give it one, or minimise cost.";
        f.refuse("/objective", "no_carbon", text);
    }
    if objective == ObjectiveKind::CostPlusCarbon && asked.carbon_price_per_kg.is_none() {
        f.refuse("/carbon_price_per_kg", "missing", "cost_plus_carbon needs the price of a kg.");
    }
}

/// The start that was asked for, on the site's steps; or that of the last whole local days which the readings cover.
fn start(stored: &Stored, asked: Option<DateTime<Utc>>, hours: u32) -> Result<DateTime<Utc>> {
    let step_s = stored.site.step_s;
    let span = stored.span()?;
    let refuse = |code: &str, text: String| Error::invalid("/start", code, text);
    let start = match (asked, span) {
        (Some(t), _) => t,
        (None, None) => {
            return Err(refuse("missing", "Nothing at this site is measured; say when the plan begins.".to_owned()));
        }
        (None, Some((_, end))) => last_whole_days(stored, end, hours),
    };
    if start.timestamp() % step_s != 0 || start.timestamp_subsec_nanos() != 0 {
        return Err(refuse("off_grid", format!("start lies beside the site's steps of {step_s} s.")));
    }
    if !(0..=7_000_000_000).contains(&start.timestamp()) {
        return Err(refuse("out_of_range", "start lies between 1970 and 2190.".to_owned()));
    }
    if let Some((from, to)) = span
        && (start < from || start + TimeDelta::hours(i64::from(hours)) > to)
    {
        let local = |t: DateTime<Utc>| t.with_timezone(&stored.zone).format("%Y-%m-%d %H:%M").to_string();
        let text = format!(
            "The readings that a plan needs cover {} to {} ({}); {} + {hours} h lies outside.",
            local(from),
            local(to),
            stored.zone,
            local(start)
        );
        return Err(refuse("missing_readings", text));
    }
    Ok(start)
}

fn last_whole_days(stored: &Stored, end: DateTime<Utc>, hours: u32) -> DateTime<Utc> {
    let mut date = calendar::earlier(calendar::day(stored.zone, end), u64::from(hours.div_ceil(24)));
    // A day with a skipped hour is short of 24 h.
    if calendar::midnight(stored.zone, date) + TimeDelta::hours(i64::from(hours)) > end {
        date = calendar::earlier(date, 1);
    }
    calendar::midnight(stored.zone, date)
}

/// The steps of a request whose defaults are filled in.
pub(crate) fn grid(stored: &Stored, request: &NewOptimization) -> Grid {
    let from = request.start.unwrap_or_default().timestamp();
    let to = from + 3_600 * i64::from(request.hours.unwrap_or(24));
    Grid { from, to, step_s: stored.site.step_s }
}
