//! Measured series: written in bulk, written again in place, read back at any resolution.

use crate::{
    App,
    check::{Fields, clip, is_channel},
    store::{
        readings::{self as store, DAY_S, channels},
        sites,
    },
};
use chrono::{DateTime, Utc};
use nqba_contracts::energy::{
    Channel, ChannelReport, ReadingsReceived, ReadingsReport, ReadingsUpload, Series, SeriesSet,
};
use nqba_core::{Ctx, Error, Result};
use nqba_runtime::Tx;
use sea_orm::ConnectionTrait;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Most values of one upload.
pub(crate) const MAX_VALUES: usize = 1_000_000;
/// Most values of one series read back.
const MAX_READ: i64 = 50_000;
/// A series read without a resolution has about this many values at most.
const READ_VALUES: i64 = 3_000;
const MAX_CHANNELS: usize = 200;
const MAX_UNIT: usize = 32;
/// Times from 1970 to 2200, seconds.
const LAST_S: i64 = 7_258_118_400;
/// Largest magnitude of a value.
const MAX_VALUE: f64 = 1e9;

/// Values of one channel as an upload gives them, in any order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Points {
    pub(crate) channel: String,
    pub(crate) unit: String,
    pub(crate) step_s: i64,
    /// Start of the interval in seconds, and its value.
    pub(crate) values: Vec<(i64, f64)>,
}

/// Whether blocks can be made of it: it divides the day.
pub(crate) fn is_step(step_s: i64) -> bool {
    (60..=DAY_S).contains(&step_s) && DAY_S % step_s == 0
}

pub(crate) const STEP_RULE: &str = "An interval is 60 to 86400 seconds and divides the day.";

/// Checks a JSON upload and takes it apart.
pub(crate) fn points(upload: &ReadingsUpload) -> Result<Vec<Points>> {
    let mut f = Fields::default();
    let given: usize = upload.series.iter().map(|s| s.values.len()).sum();
    if given > MAX_VALUES {
        f.refuse("/series", "too_many", format!("There are {given} values; at most {MAX_VALUES} at once."));
    }
    if upload.series.is_empty() {
        f.refuse("/series", "empty", "There is no series.");
    }
    f.done()?;
    let mut f = Fields::default();
    let mut found = Vec::new();
    for (i, s) in upload.series.iter().enumerate() {
        let at = format!("/series/{i}");
        let step_s = i64::from(s.step_s);
        heads(&mut f, &at, &s.channel, &s.unit, step_s);
        let start = s.start.timestamp();
        if is_step(step_s) && (start % step_s != 0 || s.start.timestamp_subsec_nanos() != 0) {
            let text = format!("start lies beside the grid of {step_s} s (counted from midnight UTC).");
            f.refuse(format!("{at}/start"), "off_grid", text);
        }
        let end = start.saturating_add(step_s.saturating_mul(i64::try_from(s.values.len()).unwrap_or(i64::MAX)));
        if start < 0 || end > LAST_S {
            f.refuse(format!("{at}/start"), "out_of_range", "Times lie between 1970 and 2200.");
        }
        if let Some(k) = s.values.iter().position(|v| v.is_some_and(|v| v.abs() > MAX_VALUE)) {
            let text = format!("The value is beyond {MAX_VALUE:e}.");
            f.refuse(format!("{at}/values/{k}"), "out_of_range", text);
        }
        let at_step = |k: usize| start + step_s * k as i64;
        let values = s.values.iter().enumerate().filter_map(|(k, v)| Some((at_step(k), (*v)?))).collect();
        found.push(Points { channel: s.channel.clone(), unit: s.unit.clone(), step_s, values });
    }
    f.done()?;
    merge(found)
}

/// Checks what describes a channel.
pub(crate) fn heads(f: &mut Fields, at: &str, channel: &str, unit: &str, step_s: i64) {
    f.channel(&format!("{at}/channel"), channel);
    let fine = |u: &str| !u.is_empty() && u.chars().count() <= MAX_UNIT && u.chars().all(|c| !c.is_control());
    if !fine(unit) {
        f.refuse(format!("{at}/unit"), "malformed", format!("A unit has 1 to {MAX_UNIT} visible characters."));
    }
    if !is_step(step_s) {
        f.refuse(format!("{at}/step_s"), "out_of_range", STEP_RULE);
    }
}

/// One entry a channel; what is given later holds.
fn merge(all: Vec<Points>) -> Result<Vec<Points>> {
    let mut by_name: BTreeMap<String, Points> = BTreeMap::new();
    for next in all {
        match by_name.get_mut(&next.channel) {
            None => {
                by_name.insert(next.channel.clone(), next);
            }
            Some(first) if first.unit == next.unit && first.step_s == next.step_s => first.values.extend(next.values),
            Some(first) => {
                let text = format!("{} is given twice, with different units or steps.", first.channel);
                return Err(Error::invalid("/series", "contradiction", text));
            }
        }
    }
    Ok(by_name.into_values().collect())
}

/// Writes points within the caller's transaction, and states that readings came in.
pub(crate) async fn write(tx: &Tx, ctx: &Ctx, site_id: Uuid, all: Vec<Points>) -> Result<ReadingsReport> {
    let site = sites::hold(&**tx, ctx, site_id).await?;
    let known = store::channels_of(&**tx, site_id).await?;
    let new = all.iter().filter(|p| !known.iter().any(|c| c.name == p.channel)).count();
    if known.len() + new > MAX_CHANNELS {
        let text = format!("The site would have more than {MAX_CHANNELS} channels.");
        return Err(Error::invalid("/series", "too_many", text));
    }
    let mut reports = Vec::new();
    for points in all {
        reports.push(write_channel(tx, site_id, points).await?);
    }
    let changed = reports.iter().map(|r| r.inserted + r.updated).sum();
    if changed > 0 {
        let channels = reports.iter().filter(|r| r.inserted + r.updated > 0).map(|r| r.channel.clone()).collect();
        let event = ReadingsReceived { site_id, team: site.team, channels, changed };
        tx.publish(&event, ctx).await?;
    }
    Ok(ReadingsReport { channels: reports })
}

async fn write_channel(tx: &Tx, site_id: Uuid, points: Points) -> Result<ChannelReport> {
    let mut channel = store::hold_channel(&**tx, site_id, &points.channel, &points.unit, points.step_s).await?;
    if channel.unit != points.unit || channel.step_s != points.step_s {
        let text = format!(
            "{} is kept in {} every {} s; this is in {} every {} s. Convert it, or give it another channel.",
            channel.name,
            channel.unit,
            channel.step_s,
            clip(&points.unit),
            points.step_s
        );
        return Err(Error::invalid("/series", "contradiction", text));
    }
    let received = points.values.len();
    let mut values = points.values;
    // Stable: of one time the last one given stands last, and holds.
    values.sort_by_key(|(t, _)| *t);
    let later = |i: usize| values.get(i + 1).is_some_and(|next| next.0 == values[i].0);
    let kept: Vec<(i64, f64)> = (0..values.len()).filter(|i| !later(*i)).map(|i| values[i]).collect();
    let (first, last) = (kept.first().map(|v| v.0), kept.last().map(|v| v.0));
    let mut report = ChannelReport {
        channel: points.channel,
        received: received as u64,
        inserted: 0,
        updated: 0,
        unchanged: 0,
        duplicates: (received - kept.len()) as u64,
        gaps: first.zip(last).map_or(0, |(a, b)| missing(a, b, channel.step_s, kept.len() as i64)),
        first: first.and_then(time),
        last: last.and_then(time),
    };
    let Some((first, last)) = first.zip(last) else { return Ok(report) };
    put(tx, &channel, &kept, &mut report).await?;
    channel.count += i64::try_from(report.inserted).unwrap_or_default();
    channel.first_at = channel.first_at.into_iter().chain(time(first)).min();
    channel.last_at = channel.last_at.into_iter().chain(time(last)).max();
    store::note_extent(&**tx, channel).await?;
    Ok(report)
}

/// Puts values into their blocks and writes the blocks that changed.
async fn put(tx: &Tx, channel: &channels::Model, kept: &[(i64, f64)], report: &mut ChannelReport) -> Result<()> {
    let day = |t: i64| t.div_euclid(DAY_S);
    let (Some(first), Some(last)) = (kept.first(), kept.last()) else { return Ok(()) };
    let there = store::blocks(&**tx, channel.id, day(first.0), day(last.0)).await?;
    let mut there: BTreeMap<i64, Vec<f64>> = there.into_iter().map(|b| (b.day, store::from_bytes(&b.slots))).collect();
    let per_day = usize::try_from(DAY_S / channel.step_s).unwrap_or_default();
    let mut changed = Vec::new();
    for of_day in kept.chunk_by(|a, b| day(a.0) == day(b.0)) {
        let number = day(of_day[0].0);
        let mut slots = there.remove(&number).unwrap_or_else(|| vec![f64::NAN; per_day]);
        let before = report.inserted + report.updated;
        for (t, value) in of_day {
            let at = usize::try_from(t.rem_euclid(DAY_S) / channel.step_s).unwrap_or_default();
            let Some(slot) = slots.get_mut(at) else { continue };
            match *slot {
                old if old.is_nan() => report.inserted += 1,
                old if old.to_bits() == value.to_bits() => report.unchanged += 1,
                _ => report.updated += 1,
            }
            *slot = *value;
        }
        if report.inserted + report.updated > before {
            let slots = store::to_bytes(&slots);
            changed.push(store::Model { channel_id: channel.id, day: number, slots });
        }
    }
    store::write_blocks(&**tx, changed).await
}

fn time(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)
}

/// Values missing between two times, of which `count` are there.
fn missing(first: i64, last: i64, step_s: i64, count: i64) -> u64 {
    u64::try_from((last - first) / step_s.max(1) + 1 - count).unwrap_or_default()
}

pub(crate) async fn channels(app: &App, ctx: &Ctx, site_id: Uuid) -> Result<Vec<Channel>> {
    sites::find(app.db.reader(), ctx, site_id).await?;
    let rows = store::channels_of(app.db.reader(), site_id).await?;
    let wire = |c: channels::Model| Channel {
        gaps: c.first_at.zip(c.last_at).map_or(0, |(a, b)| missing(a.timestamp(), b.timestamp(), c.step_s, c.count)),
        channel: c.name,
        unit: c.unit,
        step_s: u32::try_from(c.step_s).unwrap_or_default(),
        count: u64::try_from(c.count).unwrap_or_default(),
        first: c.first_at,
        last: c.last_at,
    };
    Ok(rows.into_iter().map(wire).collect())
}

/// What is to be read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    pub(crate) channels: Vec<String>,
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) to: Option<DateTime<Utc>>,
    pub(crate) resolution_s: Option<i64>,
}

pub(crate) async fn read(app: &App, ctx: &Ctx, site_id: Uuid, wanted: &Wanted) -> Result<SeriesSet> {
    let db = app.db.reader();
    sites::find(db, ctx, site_id).await?;
    let all = store::channels_of(db, site_id).await?;
    if let Some(unknown) = wanted.channels.iter().find(|name| !all.iter().any(|c| c.name == **name)) {
        let shown = if is_channel(unknown) { unknown.clone() } else { clip(unknown) };
        return Err(Error::invalid("?channel", "unknown_reference", format!("The site has no channel `{shown}`.")));
    }
    let last_reading_at = all.iter().filter_map(|c| c.last_at).max();
    let newest_end = all.iter().filter_map(|c| Some(c.last_at?.timestamp() + c.step_s)).max().unwrap_or_default();
    let to = wanted.to.map_or(newest_end, |t| t.timestamp());
    let from = wanted.from.map_or(to - 7 * DAY_S, |t| t.timestamp());
    if (wanted.from.is_some() || wanted.to.is_some()) && from >= to {
        return Err(Error::invalid("?to", "out_of_order", "to must be later than from."));
    }
    let chosen = all.into_iter().filter(|c| wanted.channels.is_empty() || wanted.channels.contains(&c.name));
    let mut series = Vec::new();
    for channel in chosen {
        let resolution = resolution(&channel, to - from, wanted.resolution_s)?;
        series.push(down_sampled(db, channel, from, to, resolution).await?);
    }
    Ok(SeriesSet { last_reading_at, series })
}

/// Length of the intervals that are answered, seconds: a multiple of the channel's own.
fn resolution(channel: &channels::Model, span_s: i64, wanted: Option<i64>) -> Result<i64> {
    let own = channel.step_s;
    let Some(wanted) = wanted else {
        let nice = [own, 900, 1_800, 3_600, 10_800, 21_600, 43_200, DAY_S];
        let fits = |r: &&i64| **r >= own && **r % own == 0 && span_s / **r <= READ_VALUES;
        return Ok(*nice.iter().find(fits).unwrap_or(&DAY_S));
    };
    if !is_step(wanted) {
        return Err(Error::invalid("?resolution_s", "out_of_range", STEP_RULE));
    }
    let resolution = wanted.max(own);
    if resolution % own != 0 {
        let text = format!("resolution_s is no multiple of the {own} s of {}.", channel.name);
        return Err(Error::invalid("?resolution_s", "out_of_range", text));
    }
    if span_s / resolution > MAX_READ {
        let text = format!(
            "That is {} values of {}; at most {MAX_READ}. Ask for less time or a coarser resolution_s.",
            span_s / resolution,
            channel.name
        );
        return Err(Error::invalid("?resolution_s", "too_many", text));
    }
    Ok(resolution)
}

async fn down_sampled(
    db: &impl ConnectionTrait,
    channel: channels::Model,
    from: i64,
    to: i64,
    resolution: i64,
) -> Result<Series> {
    // Nothing is read, and nothing padded, where nothing was measured.
    let own = channel.first_at.zip(channel.last_at);
    let (first, end) = own.map_or((to, to), |(a, b)| (a.timestamp(), b.timestamp() + channel.step_s));
    let start = from.max(first).min(to).div_euclid(resolution) * resolution;
    let stop = to.min(end).max(start);
    let slots = slots(db, &channel, start, stop).await?;
    let per = usize::try_from(resolution / channel.step_s).unwrap_or(1).max(1);
    let mean = |part: &[f64]| {
        let known = part.iter().filter(|v| !v.is_nan());
        let (sum, n) = known.fold((0.0, 0_u32), |(s, n), v| (s + v, n + 1));
        (n > 0).then(|| sum / f64::from(n))
    };
    Ok(Series {
        channel: channel.name,
        unit: channel.unit,
        start: time(start).unwrap_or_default(),
        step_s: u32::try_from(resolution).unwrap_or_default(),
        values: slots.chunks(per).map(mean).collect(),
    })
}

/// Values of a channel from `start` to `stop` (seconds, on its grid) in its own steps; NaN where nothing was measured.
pub(crate) async fn slots(
    db: &impl ConnectionTrait,
    channel: &channels::Model,
    start: i64,
    stop: i64,
) -> Result<Vec<f64>> {
    let step = channel.step_s;
    let (first, end) = (start.div_euclid(step), (stop + step - 1).div_euclid(step));
    let mut out = vec![f64::NAN; usize::try_from(end - first).unwrap_or_default()];
    if out.is_empty() {
        return Ok(out);
    }
    let per_day = DAY_S / step;
    let blocks = store::blocks(db, channel.id, first.div_euclid(per_day), (end - 1).div_euclid(per_day)).await?;
    for block in blocks {
        for (i, value) in store::from_bytes(&block.slots).into_iter().enumerate() {
            let at = block.day * per_day + i as i64 - first;
            if let Some(slot) = usize::try_from(at).ok().and_then(|at| out.get_mut(at)) {
                *slot = value;
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nqba_contracts::energy::SeriesUpload;

    fn upload(series: Vec<SeriesUpload>) -> ReadingsUpload {
        ReadingsUpload { series }
    }

    fn series(channel: &str, start: &str, step_s: u32, values: &[Option<f64>]) -> SeriesUpload {
        let start = start.parse().unwrap();
        SeriesUpload { channel: channel.into(), unit: "kW".into(), start, step_s, values: values.to_vec() }
    }

    #[test]
    fn gaps_are_no_values_and_a_channel_given_twice_is_one() {
        let a = series("load", "2026-01-01T00:00:00Z", 900, &[Some(1.0), None, Some(3.0)]);
        let b = series("load", "2026-01-01T00:30:00Z", 900, &[Some(4.0)]);
        let found = points(&upload(vec![a, b])).unwrap();
        let t = 1_767_225_600;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].values, [(t, 1.0), (t + 1800, 3.0), (t + 1800, 4.0)]);
    }

    #[test]
    fn what_cannot_be_kept_is_named() {
        let refused = |s: SeriesUpload| points(&upload(vec![s])).unwrap_err().fields()[0].pointer.clone();
        assert_eq!(refused(series("Load", "2026-01-01T00:00:00Z", 900, &[])), "/series/0/channel");
        assert_eq!(refused(series("load", "2026-01-01T00:00:01Z", 900, &[])), "/series/0/start");
        assert_eq!(refused(series("load", "2026-01-01T00:00:00Z", 7, &[])), "/series/0/step_s");
        assert_eq!(refused(series("load", "1960-01-01T00:00:00Z", 900, &[])), "/series/0/start");
        assert_eq!(refused(series("load", "2026-01-01T00:00:00Z", 900, &[None, Some(2e9)])), "/series/0/values/1");
        assert_eq!(points(&upload(vec![])).unwrap_err().fields()[0].pointer, "/series");
    }

    #[test]
    fn a_long_span_is_answered_coarser() {
        let channel = channels::Model {
            id: 1,
            site_id: Uuid::nil(),
            name: "load".into(),
            unit: "kW".into(),
            step_s: 900,
            count: 0,
            first_at: None,
            last_at: None,
        };
        assert_eq!(resolution(&channel, 7 * DAY_S, None).unwrap(), 900);
        assert_eq!(resolution(&channel, 100 * DAY_S, None).unwrap(), 3_600);
        assert_eq!(resolution(&channel, 3_650 * DAY_S, None).unwrap(), DAY_S);
        assert_eq!(resolution(&channel, DAY_S, Some(60)).unwrap(), 900);
        assert!(resolution(&channel, DAY_S, Some(1_000)).is_err());
        assert!(resolution(&channel, 3_650 * DAY_S, Some(900)).is_err());
    }
}
