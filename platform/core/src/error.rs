//! The one error of the house: free of transport, the same value local or remote.
//!
//! The message is for the caller; the cause is for the log and never leaves the process.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Machine codes: few, documented, and stable across the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The request could not be read: broken JSON, wrong header, unknown query key.
    Malformed,
    /// The request was read but a field does not hold.
    Invalid,
    /// Well-formed, but no plan can meet all requirements together.
    Infeasible,
    /// Who are you?
    Unauthenticated,
    /// Known, and not allowed.
    Forbidden,
    /// Does not exist, or you may not know that it does.
    NotFound,
    /// The method is not offered on this path.
    MethodNotAllowed,
    /// Clashes with the present state.
    Conflict,
    /// `If-Match` names another version than the present one.
    PreconditionFailed,
    /// A write without `If-Match` where one is required.
    PreconditionRequired,
    /// An idempotency key was used before with another body.
    IdempotencyMismatch,
    /// The body is larger than the stated maximum.
    TooLarge,
    /// The media type is not accepted here.
    UnsupportedMediaType,
    /// A limit of calls was reached; `retry_after_s` says when to return.
    RateLimited,
    /// Took longer than it may.
    Timeout,
    /// A part that is needed is not available at the moment; try again.
    Unavailable,
    /// A fault of ours.
    Internal,
}

impl Code {
    /// The code as it stands on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Invalid => "invalid",
            Self::Infeasible => "infeasible",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Conflict => "conflict",
            Self::PreconditionFailed => "precondition_failed",
            Self::PreconditionRequired => "precondition_required",
            Self::IdempotencyMismatch => "idempotency_mismatch",
            Self::TooLarge => "too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::RateLimited => "rate_limited",
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// Short human title of the code.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Malformed => "The request could not be read",
            Self::Invalid => "A field does not hold",
            Self::Infeasible => "No plan can meet all requirements",
            Self::Unauthenticated => "Sign in first",
            Self::Forbidden => "Not allowed",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "Method not offered here",
            Self::Conflict => "Clashes with the present state",
            Self::PreconditionFailed => "Changed in the meantime",
            Self::PreconditionRequired => "Say which version you change",
            Self::IdempotencyMismatch => "Idempotency key used with another body",
            Self::TooLarge => "Too large",
            Self::UnsupportedMediaType => "Media type not accepted",
            Self::RateLimited => "Too many calls",
            Self::Timeout => "Took too long",
            Self::Unavailable => "Not available at the moment",
            Self::Internal => "A fault on our side",
        }
    }
}

/// One field that does not hold, named by a JSON pointer (RFC 6901) into the body, or `?name` for a query key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// RFC 6901 pointer, e.g. `/sites/0/assets/2/eta_charge`.
    pub pointer: String,
    /// Short machine code, e.g. `out_of_range`.
    pub code: String,
    /// One sentence for a person.
    pub message: String,
}

impl FieldError {
    /// A field error from its three parts.
    pub fn new(pointer: impl Into<String>, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code: code.into(), message: message.into() }
    }
}

/// What went wrong: a code and a sentence for the caller, a cause for the log.
#[derive(Debug, Clone)]
pub struct Error {
    code: Code,
    message: String,
    fields: Vec<FieldError>,
    retry_after_s: Option<u64>,
    extra: Option<Box<serde_json::Value>>,
    internal: Option<String>,
}

/// `Result` with the house's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with a public sentence.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), fields: Vec::new(), retry_after_s: None, extra: None, internal: None }
    }

    /// A fault of ours. `cause` goes to the log only.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(Code::Internal, "Something failed on our side; the request id helps to find it.").because(cause)
    }

    /// A part that is needed is away. `cause` goes to the log only.
    pub fn unavailable(message: impl Into<String>, cause: impl fmt::Display) -> Self {
        Self::new(Code::Unavailable, message).retry_after(1).because(cause)
    }

    /// `what` does not exist, or the actor may not know that it does.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no such {what}, or you may not see it."))
    }

    /// One field that does not hold.
    pub fn invalid(pointer: impl Into<String>, code: impl Into<String>, message: impl Into<String>) -> Self {
        let field = FieldError::new(pointer, code, message);
        Self::new(Code::Invalid, field.message.clone()).with_fields(vec![field])
    }

    /// Several fields that do not hold.
    #[must_use]
    pub fn invalid_fields(fields: Vec<FieldError>) -> Self {
        let message = match fields.as_slice() {
            [one] => one.message.clone(),
            many => format!("{} fields do not hold; errors[] names each.", many.len()),
        };
        Self::new(Code::Invalid, message).with_fields(fields)
    }

    /// Clashes with the present state.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Code::Conflict, message)
    }

    /// Known, and not allowed.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(Code::Forbidden, message)
    }

    /// Adds the fields.
    #[must_use]
    pub fn with_fields(mut self, fields: Vec<FieldError>) -> Self {
        self.fields = fields;
        self
    }

    /// Adds further members of the problem document (an object; e.g. `violations`).
    #[must_use]
    pub fn with_extra(mut self, extra: serde_json::Value) -> Self {
        self.extra = Some(Box::new(extra));
        self
    }

    /// Says when to try again, in whole seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Adds the cause, for the log only.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.internal = Some(cause.to_string());
        self
    }

    /// The machine code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }
    /// The sentence for the caller.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
    /// The fields that do not hold.
    #[must_use]
    pub fn fields(&self) -> &[FieldError] {
        &self.fields
    }
    /// When to try again, in seconds.
    #[must_use]
    pub fn retry_after_s(&self) -> Option<u64> {
        self.retry_after_s
    }
    /// Further members of the problem document.
    #[must_use]
    pub fn extra(&self) -> Option<&serde_json::Value> {
        self.extra.as_deref()
    }
    /// The cause, for the log only.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        self.internal.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)?;
        if let Some(cause) = &self.internal {
            write!(f, " ({cause})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
