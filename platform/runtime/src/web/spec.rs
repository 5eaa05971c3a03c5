//! What the gateway reads from a service's description: which operations there are, and what each needs.
//!
//! Deny by default: an operation without a permission, a rate class or an id stops the start.

use axum::http::Method;
use nqba_core::Permission;
use utoipa::openapi::{
    OpenApi,
    path::{Operation, PathItem},
};

/// Who may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Other parts of the system only; not reachable from outside.
    Internal,
    /// Who holds the permission.
    Permission(Permission),
}

/// Which limit counts the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RateClass {
    /// Reads.
    Read,
    /// Changes.
    Write,
    /// Solver calls.
    Solve,
    /// Sign-ins, counted by address.
    SignIn,
    /// Live streams: no time limit.
    Stream,
}

impl RateClass {
    /// The word in the description.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Solve => "solve",
            Self::SignIn => "sign_in",
            Self::Stream => "stream",
        }
    }
}

/// One operation.
#[derive(Debug, Clone)]
pub struct OperationSpec {
    /// Method.
    pub method: Method,
    /// Templated path, e.g. `/api/v1/energy/sites/{site_id}`.
    pub path: String,
    /// Id, `<resource>_<verb>`.
    pub operation_id: String,
    /// Who may call.
    pub access: Access,
    /// Which limit counts it.
    pub rate_class: RateClass,
    /// Largest body, bytes, if it has its own.
    pub body_limit_bytes: Option<usize>,
    /// Longest time, seconds, if it has its own.
    pub timeout_s: Option<u64>,
    /// Whether it changes anything, so that it is audited.
    pub mutating: bool,
}

/// Every operation of a service.
///
/// # Errors
/// Names the operation that does not say what it needs.
pub fn operations(spec: &OpenApi) -> Result<Vec<OperationSpec>, String> {
    let mut found = Vec::new();
    for (path, item) in &spec.paths.paths {
        for (method, operation) in methods(item) {
            found.push(read(path, method, operation)?);
        }
    }
    Ok(found)
}

/// The methods of a path.
pub fn methods(item: &PathItem) -> impl Iterator<Item = (Method, &Operation)> {
    [
        (Method::GET, &item.get),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ]
    .into_iter()
    .filter_map(|(m, o)| o.as_ref().map(|o| (m, o)))
}

fn read(path: &str, method: Method, operation: &Operation) -> Result<OperationSpec, String> {
    let at = format!("{method} {path}");
    let extension = |name: &str| operation.extensions.as_ref().and_then(|e| e.get(name));
    let text = |name: &str| extension(name).and_then(|v| v.as_str());
    let number = |name: &str| extension(name).and_then(serde_json::Value::as_u64);
    let operation_id = operation.operation_id.clone().ok_or_else(|| format!("{at} has no operation id"))?;
    let access = match text("x-nqba-permission") {
        None => return Err(format!("{at} says no permission (x-nqba-permission)")),
        Some("public") => Access::Public,
        Some("internal") => Access::Internal,
        Some(name) => Access::Permission(name.parse().map_err(|e| format!("{at}: {e}"))?),
    };
    let rate_class = match text("x-nqba-rate-class") {
        Some("read") => RateClass::Read,
        Some("write") => RateClass::Write,
        Some("solve") => RateClass::Solve,
        Some("sign_in") => RateClass::SignIn,
        Some("stream") => RateClass::Stream,
        other => return Err(format!("{at} says no rate class that there is (x-nqba-rate-class: {other:?})")),
    };
    let readonly = extension("x-nqba-readonly").and_then(serde_json::Value::as_bool).unwrap_or(false);
    Ok(OperationSpec {
        path: path.to_owned(),
        operation_id,
        access,
        rate_class,
        body_limit_bytes: number("x-nqba-body-limit-bytes").and_then(|n| usize::try_from(n).ok()),
        timeout_s: number("x-nqba-timeout-s"),
        mutating: method != Method::GET && !readonly,
        method,
    })
}
