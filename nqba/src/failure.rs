//! How a command fails: a sentence that says what to do, and an exit code (1: it failed, 2: it was asked wrongly).

use nqba_core::{Code, Error};
use std::{fmt, process::ExitCode};

/// A failed command.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// It was asked wrongly: configuration, flags, input.
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), code: 2 }
    }

    /// It failed.
    pub(crate) fn run(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), code: 1 }
    }

    /// Says it on standard error.
    pub(crate) fn report(&self) -> ExitCode {
        crate::terminal::say_error(&self.message);
        ExitCode::from(self.code)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        // One field's sentence is the error's own.
        let several = error.fields().iter().filter(|f| f.message != error.message());
        let fields: String = several.map(|f| format!("\n  {}: {}", f.pointer, f.message)).collect();
        let cause = error.cause().map(|c| format!("\n  cause: {c}")).unwrap_or_default();
        let message = format!("{}{fields}{cause}", error.message());
        match error.code() {
            Code::Malformed | Code::Invalid => Self::usage(message),
            _ => Self::run(message),
        }
    }
}
