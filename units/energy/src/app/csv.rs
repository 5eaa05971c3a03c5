//! A CSV file as points: which column is the time, which column is which channel, and what is wrong in which line.

use super::readings::{MAX_VALUES, Points, STEP_RULE, heads, is_step};
use crate::check::{Fields, clip, is_channel};
use chrono::{DateTime, LocalResult, NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use nqba_core::{Code, Error, FieldError, Result};
use std::collections::HashMap;

/// Faults told at most.
const MAX_FAULTS: usize = 20;
/// Names by which a column of times is known, lower case.
const TIME_NAMES: [&str; 10] =
    ["ts", "time", "timestamp", "date", "datetime", "zeit", "start", "utc", "utc_start", "local_start"];

/// How a file is to be read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading {
    /// Column of the time; found by its name unless told.
    pub(crate) time_column: Option<String>,
    /// Zone of times without an offset.
    pub(crate) time_zone: Option<String>,
    /// Length of an interval; the most frequent distance unless told.
    pub(crate) step_s: Option<i64>,
    /// `column:channel:unit`; unless told, every column whose name is a channel's.
    pub(crate) map: Vec<String>,
}

struct Column {
    index: usize,
    channel: String,
    unit: String,
}

struct Row {
    line: u64,
    time: i64,
    values: Vec<Option<f64>>,
}

/// Reads the whole file, or says what is wrong with it.
pub(crate) fn parse(bytes: &[u8], reading: &Reading, site_zone: &str) -> Result<Vec<Points>> {
    let zone = reading.time_zone.as_deref().unwrap_or(site_zone);
    let zone: Tz = zone
        .parse()
        .map_err(|_| Error::invalid("?time_zone", "unknown", "This is no time zone: write its IANA name."))?;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Err(e) = std::str::from_utf8(bytes) {
        let line = bytes.iter().take(e.valid_up_to()).filter(|b| **b == b'\n').count() + 1;
        let text = format!("The file is not in UTF-8 (line {line}); save it as CSV UTF-8, then upload it again.");
        return Err(Error::invalid(format!("/lines/{line}"), "not_utf8", text));
    }
    let delimiter = delimiter(bytes);
    // A line too short or too long is told like any other fault of a line.
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(bytes);
    let header = reader.headers().map_err(|e| malformed(&e))?.clone();
    let time = time_column(&header, reading.time_column.as_deref())?;
    let columns = columns(&header, time, &reading.map)?;
    if let Some(step) = reading.step_s.filter(|s| !is_step(*s)) {
        return Err(Error::invalid("?step_s", "out_of_range", format!("step_s is {step}. {STEP_RULE}")));
    }
    let rows = rows(&mut reader, (time, header.len()), &columns, zone, delimiter == b';')?;
    let step_s = match reading.step_s {
        Some(step) => step,
        None => usual_step(&rows)?,
    };
    on_grid(&rows, step_s)?;
    let mut f = Fields::default();
    columns.iter().for_each(|c| heads(&mut f, "/header", &c.channel, &c.unit, step_s));
    f.done()?;
    let points = |(k, column): (usize, Column)| Points {
        channel: column.channel,
        unit: column.unit,
        step_s,
        values: rows.iter().filter_map(|r| Some((r.time, r.values[k]?))).collect(),
    };
    Ok(columns.into_iter().enumerate().map(points).collect())
}

fn malformed(e: &csv::Error) -> Error {
    let line = e.position().map_or(1, csv::Position::line);
    Error::new(Code::Malformed, format!("The file is no CSV: line {line}: {e}."))
}

/// Comma, semicolon or tab: whichever the head line has most of.
fn delimiter(bytes: &[u8]) -> u8 {
    let head = bytes.split(|b| *b == b'\n').find(|l| !l.is_empty() && !l.starts_with(b"#")).unwrap_or_default();
    let count = |d: u8| head.iter().filter(|b| **b == d).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|d| count(*d)).unwrap_or(b',')
}

fn time_column(header: &csv::StringRecord, told: Option<&str>) -> Result<usize> {
    let found = match told {
        Some(name) => header.iter().position(|h| h == name),
        None => header.iter().position(|h| TIME_NAMES.contains(&h.to_lowercase().as_str())),
    };
    found.ok_or_else(|| {
        let text = match told {
            Some(name) => format!("The file has no column `{}`.", clip(name)),
            None => "No column is named like a time; say which one it is.".to_owned(),
        };
        Error::invalid("?time_column", "unknown_reference", text)
    })
}

fn columns(header: &csv::StringRecord, time: usize, map: &[String]) -> Result<Vec<Column>> {
    let mut f = Fields::default();
    let mut found: Vec<Column> = Vec::new();
    if map.is_empty() {
        let own = header.iter().enumerate().filter(|(i, name)| *i != time && is_channel(name));
        found.extend(own.map(|(index, name)| Column {
            index,
            channel: name.to_owned(),
            unit: unit_of(name).to_owned(),
        }));
    }
    for entry in map {
        let mut parts = entry.rsplitn(3, ':');
        let (Some(unit), Some(channel), Some(column)) = (parts.next(), parts.next(), parts.next()) else {
            f.refuse("?map", "malformed", format!("`{}` is not column:channel:unit.", clip(entry)));
            continue;
        };
        let Some(index) = header.iter().position(|h| h == column) else {
            f.refuse("?map", "unknown_reference", format!("The file has no column `{}`.", clip(column)));
            continue;
        };
        if found.iter().any(|c| c.channel == channel) {
            f.refuse("?map", "duplicate", format!("The channel `{}` is given twice.", clip(channel)));
        }
        f.channel("?map", channel);
        found.push(Column { index, channel: channel.to_owned(), unit: unit.to_owned() });
    }
    f.done()?;
    if found.is_empty() {
        let text = "Say which columns are which channels: map=column:channel:unit.";
        return Err(Error::invalid("?map", "missing", text));
    }
    Ok(found)
}

fn unit_of(name: &str) -> &'static str {
    match name {
        n if n.ends_with("_per_kwh") => "currency_per_kWh",
        n if n.ends_with("_per_mwh") => "currency_per_MWh",
        n if n.ends_with("_kwh") => "kWh_per_step",
        n if n.ends_with("_c") || n.ends_with("_degc") => "degC",
        _ => "kW",
    }
}

fn rows(
    reader: &mut csv::Reader<&[u8]>,
    (time, width): (usize, usize),
    columns: &[Column],
    zone: Tz,
    decimal_comma: bool,
) -> Result<Vec<Row>> {
    let mut faults: Vec<FieldError> = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    let mut before = i64::MIN;
    for record in reader.records() {
        let record = record.map_err(|e| malformed(&e))?;
        let line = record.position().map_or(0, csv::Position::line);
        if rows.len() * columns.len() >= MAX_VALUES {
            let text = format!("The file has more than {MAX_VALUES} values; cut it into parts.");
            return Err(Error::new(Code::TooLarge, text));
        }
        if record.len() != width {
            let text = format!("Line {line} has {} columns, the head line {width}.", record.len());
            faults.push(FieldError::new(format!("/lines/{line}"), "wrong_length", text));
            if faults.len() >= MAX_FAULTS {
                break;
            }
            continue;
        }
        let mut fault = |column: usize, text: String| {
            faults.push(FieldError::new(
                format!("/lines/{line}/{column}"),
                "malformed",
                format!("Line {line}: {text}"),
            ));
        };
        let when = match instant(&record[time], zone, before) {
            Ok(t) => Some(t),
            Err(text) => {
                fault(time, text);
                None
            }
        };
        let mut values = Vec::with_capacity(columns.len());
        for column in columns {
            values.push(value(&record[column.index], decimal_comma).unwrap_or_else(|text| {
                fault(column.index, text);
                None
            }));
        }
        if let Some(time) = when {
            before = time;
            rows.push(Row { line, time, values });
        }
        if faults.len() >= MAX_FAULTS {
            break;
        }
    }
    if !faults.is_empty() {
        return Err(Error::invalid_fields(faults));
    }
    if rows.is_empty() {
        return Err(Error::invalid("/lines", "empty", "The file has no line below its head."));
    }
    Ok(rows)
}

/// Nothing, or a number.
fn value(text: &str, decimal_comma: bool) -> std::result::Result<Option<f64>, String> {
    if text.is_empty() || ["nan", "null", "na", "n/a", "-"].contains(&text.to_ascii_lowercase().as_str()) {
        return Ok(None);
    }
    let parsed = if decimal_comma { text.replace(',', ".").parse::<f64>() } else { text.parse() };
    match parsed {
        Ok(v) if v.is_finite() && v.abs() <= 1e9 => Ok(Some(v)),
        _ => Err(format!("`{}` is no number.", clip(text))),
    }
}

/// A time with an offset, or a local one. Of an hour that the clocks show twice, the second showing follows the first.
fn instant(text: &str, zone: Tz, before: i64) -> std::result::Result<i64, String> {
    let iso = text.replacen(' ', "T", 1);
    let offset = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z"];
    if let Some(t) = offset.iter().find_map(|f| DateTime::parse_from_str(&iso.replace('Z', "+00:00"), f).ok()) {
        return Ok(t.timestamp());
    }
    let local = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%d.%m.%YT%H:%M", "%d.%m.%YT%H:%M:%S"];
    let Some(naive) = local.iter().find_map(|f| NaiveDateTime::parse_from_str(&iso, f).ok()) else {
        return Err(format!("`{}` is no time: write 2026-01-31T15:45, with or without an offset.", clip(text)));
    };
    match zone.from_local_datetime(&naive) {
        LocalResult::Single(t) => Ok(t.timestamp()),
        LocalResult::Ambiguous(first, second) if before >= first.timestamp() => Ok(second.timestamp()),
        LocalResult::Ambiguous(first, _) => Ok(first.timestamp()),
        LocalResult::None => Err(format!("the clocks in {zone} never show {} that day.", clip(text))),
    }
}

/// The most frequent distance between lines.
fn usual_step(rows: &[Row]) -> Result<i64> {
    let mut counts: HashMap<i64, usize> = HashMap::new();
    for pair in rows.windows(2) {
        *counts.entry((pair[1].time - pair[0].time).abs()).or_default() += 1;
    }
    let usual = counts.into_iter().filter(|(d, _)| is_step(*d)).max_by_key(|(d, n)| (*n, -*d)).map(|(d, _)| d);
    usual.ok_or_else(|| Error::invalid("?step_s", "missing", "The length of an interval cannot be told; say it."))
}

fn on_grid(rows: &[Row], step_s: i64) -> Result<()> {
    match rows.iter().find(|r| r.time % step_s != 0 || !(0..=7_258_118_400).contains(&r.time)) {
        None => Ok(()),
        Some(row) => {
            let text =
                format!("Line {}: the time lies beside the grid of {step_s} s (counted from midnight UTC).", row.line);
            Err(Error::invalid(format!("/lines/{}", row.line), "off_grid", text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, map: &[&str]) -> Result<Vec<Points>> {
        let reading = Reading { map: map.iter().map(|m| (*m).to_owned()).collect(), ..Reading::default() };
        parse(text.as_bytes(), &reading, "Europe/Berlin")
    }

    #[test]
    fn columns_become_channels() {
        let text =
            "\u{feff}# from the meter\nts,Load kW,pv_kw,note\n2026-01-01T00:00Z,1.5,,a\n2026-01-01T00:15Z,NaN,2,b\n";
        let found = read(text, &["Load kW:load:kW", "pv_kw:pv:kW"]).unwrap();
        assert_eq!((found[0].channel.as_str(), found[0].step_s), ("load", 900));
        assert_eq!(found[0].values, [(1_767_225_600, 1.5)]);
        assert_eq!(found[1].values, [(1_767_226_500, 2.0)]);
    }

    #[test]
    fn without_a_map_names_speak_for_themselves() {
        let text = "utc_start,load_kwh,Remark\n2026-01-01T00:00Z,1,x\n2026-01-01T01:00Z,2,y\n";
        let found = read(text, &[]).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].channel.as_str(), found[0].unit.as_str()), ("load_kwh", "kWh_per_step"));
    }

    #[test]
    fn semicolons_bring_decimal_commas() {
        let found = read("time;load_kw\n01.02.2026 00:00;1,5\n01.02.2026 00:15;2,5\n", &[]).unwrap();
        assert_eq!(found[0].values, [(1_769_900_400, 1.5), (1_769_901_300, 2.5)]);
    }

    #[test]
    fn the_hour_that_comes_twice_comes_twice() {
        let text = "time,load_kw\n2026-10-25 01:00,1\n2026-10-25 02:00,2\n2026-10-25 02:00,3\n2026-10-25 03:00,4\n";
        let times: Vec<i64> = read(text, &[]).unwrap()[0].values.iter().map(|v| v.0).collect();
        assert_eq!(times.windows(2).map(|w| w[1] - w[0]).collect::<Vec<_>>(), [3600, 3600, 3600]);
        let gone = read("time,load_kw\n2026-03-29 01:00,1\n2026-03-29 02:30,2\n", &[]).unwrap_err();
        assert_eq!(gone.fields()[0].pointer, "/lines/3/0");
    }

    #[test]
    fn what_is_wrong_is_named_by_line_and_column() {
        let refused = |text: &str, map: &[&str]| {
            let e = read(text, map).unwrap_err();
            e.fields().first().map_or_else(|| e.code().as_str().to_owned(), |f| f.pointer.clone())
        };
        assert_eq!(refused("time,load_kw\n2026-01-01T00:00Z,x\n", &[]), "/lines/2/1");
        assert_eq!(refused("time,load_kw\nyesterday,1\n", &[]), "/lines/2/0");
        assert_eq!(refused("time,load_kw\n2026-01-01T00:00Z,1,2\n", &[]), "/lines/2");
        let latin1 = [b"time,load_kw\n2026-01-01T00:00Z,1\nM\xfc".as_slice(), b"ller,2\n"].concat();
        let e = parse(&latin1, &Reading::default(), "UTC").unwrap_err();
        assert_eq!(e.fields()[0].pointer, "/lines/3");
        assert_eq!(refused("a,b\n1,2\n", &[]), "?time_column");
        assert_eq!(refused("time,load_kw\n2026-01-01T00:00Z,1\n", &["x:load:kW"]), "?map");
        assert_eq!(refused("time,load_kw\n2026-01-01T00:00Z,1\n", &["load"]), "?map");
        assert_eq!(refused("time,Load\n2026-01-01T00:00Z,1\n", &[]), "?map");
        assert_eq!(refused("time,load_kw\n", &[]), "/lines");
        assert_eq!(refused("time,load_kw\n2026-01-01T00:00Z,1\n", &[]), "?step_s");
        assert_eq!(
            refused(
                "time,load_kw\n2026-01-01T00:00Z,1\n2026-01-01T00:15Z,1\n2026-01-01T00:31Z,1\n2026-01-01T00:45Z,1\n2026-01-01T01:00Z,1\n",
                &[]
            ),
            "/lines/4"
        );
        assert_eq!(refused("", &[]), "?time_column");
    }
}
