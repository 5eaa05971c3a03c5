//! Checks of what people write, each refusal with the pointer of its field.

use nqba_core::{Error, FieldError, Result};

/// Largest magnitude of a power, energy or price.
const MAX_VALUE: f64 = 1e9;
const MAX_NAME: usize = 120;
const MAX_WORD: usize = 64;
const MAX_NOTES: usize = 4_000;
/// Minutes of a day.
pub(crate) const DAY_MIN: u32 = 1_440;

/// Collects what does not hold.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<FieldError>);

impl Fields {
    pub(crate) fn refuse(&mut self, pointer: impl Into<String>, code: &str, message: impl Into<String>) {
        self.0.push(FieldError::new(pointer, code, message));
    }

    /// Everything at once, or nothing.
    pub(crate) fn done(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::invalid_fields(self.0)) }
    }

    pub(crate) fn number(&mut self, pointer: &str, value: f64, low: f64, high: f64, unit: &str) {
        if !(low..=high).contains(&value) {
            let text = format!("{} is {value}{unit}; it may be {low} to {high}{unit}.", last(pointer));
            self.refuse(pointer, "out_of_range", text);
        }
    }

    pub(crate) fn amount(&mut self, pointer: &str, value: f64, unit: &str) {
        self.number(pointer, value, 0.0, MAX_VALUE, unit);
    }

    pub(crate) fn price(&mut self, pointer: &str, value: f64) {
        self.number(pointer, value, -MAX_VALUE, MAX_VALUE, "");
    }

    pub(crate) fn efficiency(&mut self, pointer: &str, value: f64) {
        if !(value > 0.0 && value <= 1.0) {
            let text = format!("{} is {value}; an efficiency is above 0 and at most 1.", last(pointer));
            self.refuse(pointer, "out_of_range", text);
        }
    }

    /// A name for people.
    pub(crate) fn name(&mut self, pointer: &str, value: &str) {
        let long = value.trim().is_empty() || value.chars().count() > MAX_NAME;
        if long || value.chars().any(char::is_control) {
            self.refuse(pointer, "out_of_range", format!("A name has 1 to {MAX_NAME} visible characters."));
        }
    }

    pub(crate) fn notes(&mut self, pointer: &str, value: Option<&str>) {
        let bad = |t: &str| t.chars().count() > MAX_NOTES || t.chars().any(|c| c.is_control() && !"\n\t\r".contains(c));
        if value.is_some_and(bad) {
            self.refuse(
                pointer,
                "out_of_range",
                format!("Notes have at most {MAX_NOTES} characters, and no control characters."),
            );
        }
    }

    /// A team as scopes name it.
    pub(crate) fn team(&mut self, pointer: &str, value: Option<&str>) {
        let fine = |t: &str| {
            (1..=MAX_WORD).contains(&t.len()) && t.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        };
        if value.is_some_and(|t| !fine(t)) {
            let text = format!("A team is 1 to {MAX_WORD} letters, digits, - or _.");
            self.refuse(pointer, "malformed", text);
        }
    }

    pub(crate) fn currency(&mut self, pointer: &str, value: &str) {
        if value.len() != 3 || !value.bytes().all(|b| b.is_ascii_uppercase()) {
            let text = format!("`{}` is no currency: write its ISO 4217 code, e.g. EUR.", clip(value));
            self.refuse(pointer, "malformed", text);
        }
    }

    pub(crate) fn channel(&mut self, pointer: &str, value: &str) {
        if !is_channel(value) {
            let text = format!(
                "`{}` is no channel: write 1 to {MAX_WORD} of a-z, 0-9, _ . -, beginning with a letter.",
                clip(value)
            );
            self.refuse(pointer, "malformed", text);
        }
    }

    /// `HH:MM`; minutes since midnight.
    pub(crate) fn time(&mut self, pointer: &str, value: &str) -> u32 {
        minutes(value).filter(|m| *m < DAY_MIN).unwrap_or_else(|| {
            self.refuse(pointer, "malformed", format!("`{}` is no time of day: write HH:MM.", clip(value)));
            0
        })
    }
}

/// `HH:MM`, `24:00` included, as minutes since midnight.
pub(crate) fn minutes(text: &str) -> Option<u32> {
    let (h, m) = text.split_once(':')?;
    let number =
        |t: &str| if t.len() == 2 && t.bytes().all(|b| b.is_ascii_digit()) { t.parse::<u32>().ok() } else { None };
    let (h, m) = (number(h)?, number(m)?);
    (m < 60 && h * 60 + m <= DAY_MIN).then_some(h * 60 + m)
}

pub(crate) fn is_channel(name: &str) -> bool {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.-".contains(c);
    (1..=MAX_WORD).contains(&name.len()) && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(fine)
}

/// What the caller sent, short enough to be repeated.
pub(crate) fn clip(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

fn last(pointer: &str) -> &str {
    pointer.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_two_and_two_digits() {
        assert_eq!(minutes("00:00"), Some(0));
        assert_eq!(minutes("23:59"), Some(1439));
        assert_eq!(minutes("24:00"), Some(1440));
        for bad in ["24:01", "7:00", "07:60", "0700", "", "aa:bb", "+7:00", "07:0 "] {
            assert_eq!(minutes(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_does_not_hold_is_named_by_its_field() {
        let mut f = Fields::default();
        f.number("/grid/import_max_kw", f64::NAN, 0.0, 1.0, " kW");
        f.efficiency("/spec/eta_charge", 0.0);
        f.name("/name", "a\u{0}b");
        f.team("/team", Some("north/west"));
        f.currency("/currency", "eur");
        f.channel("/spec/channel", "Load");
        assert_eq!(f.time("/spec/arrive_time", "24:00"), 0);
        let e = f.done().unwrap_err();
        let at: Vec<_> = e.fields().iter().map(|f| f.pointer.as_str()).collect();
        assert_eq!(
            at,
            [
                "/grid/import_max_kw",
                "/spec/eta_charge",
                "/name",
                "/team",
                "/currency",
                "/spec/channel",
                "/spec/arrive_time"
            ]
        );
        assert!(Fields::default().done().is_ok());
    }
}
