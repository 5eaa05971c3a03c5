//! What a person at the terminal sees. Everything else is logged.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the one place that speaks to the terminal")]

use std::{
    io::{IsTerminal, Write},
    time::Instant,
};

/// Answers of a command, on standard output. A closed pipe is not our failure.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A failure, on standard error.
pub(crate) fn say_error(text: &str) {
    let _ = writeln!(std::io::stderr(), "nqba: {text}");
}

/// Steps of the start, each with the time it took; quiet when nobody watches.
pub(crate) struct Steps {
    shown: bool,
    since: Instant,
}

impl Steps {
    /// Shown when standard error is a terminal or when told to.
    pub(crate) fn new(always: bool) -> Self {
        Self { shown: always || std::io::stderr().is_terminal(), since: Instant::now() }
    }

    /// A step is done.
    pub(crate) fn done(&mut self, what: &str) {
        if self.shown {
            let _ = writeln!(std::io::stderr(), "  ✓ {what} ({} ms)", self.since.elapsed().as_millis());
        }
        self.since = Instant::now();
    }

    /// A line of its own.
    pub(crate) fn line(&self, text: &str) {
        if self.shown {
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }
}
