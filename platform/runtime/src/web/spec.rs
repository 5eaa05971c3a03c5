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
        (Method::HEAD, &item.head),
        (Method::OPTIONS, &item.options),
        (Method::TRACE, &item.trace),
    ]
    .into_iter()
    .filter_map(|(m, o)| o.as_ref().map(|o| (m, o)))
}

fn read(path: &str, method: Method, operation: &Operation) -> Result<OperationSpec, String> {
    let at = format!("{method} {path}");
    let extension = |name: &str| operation.extensions.as_ref().and_then(|e| e.get(name));
    let text = |name: &str| extension(name).and_then(|v| v.as_str());
    let number = |name: &str| match extension(name) {
        None => Ok(None),
        Some(v) => v.as_u64().map(Some).ok_or_else(|| format!("{at}: {name} is {v}; it must be a whole number")),
    };
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
    let readonly = match extension("x-nqba-readonly") {
        None => false,
        Some(v) => v.as_bool().ok_or_else(|| format!("{at}: x-nqba-readonly is {v}; it must be true or false"))?,
    };
    let body_limit = number("x-nqba-body-limit-bytes")?.map(usize::try_from).transpose();
    Ok(OperationSpec {
        path: path.to_owned(),
        operation_id,
        access,
        rate_class,
        body_limit_bytes: body_limit.map_err(|e| format!("{at}: x-nqba-body-limit-bytes: {e}"))?,
        timeout_s: number("x-nqba-timeout-s")?,
        mutating: method != Method::GET && method != Method::HEAD && !readonly,
        method,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// A description with one operation.
    fn one(method: &str, operation: &Value) -> Result<OperationSpec, String> {
        let spec: OpenApi = serde_json::from_value(json!({
            "openapi": "3.1.0", "info": { "title": "t", "version": "1" },
            "paths": { "/api/v1/energy/sites/{site_id}": { method: operation } },
        }))
        .unwrap();
        operations(&spec).map(|mut all| all.pop().unwrap())
    }

    fn with(key: &str, value: Value) -> Value {
        let mut operation = json!({
            "operationId": "sites_read", "responses": {},
            "x-nqba-permission": "energy:sites:read", "x-nqba-rate-class": "read",
        });
        operation[key] = value;
        if operation[key].is_null() {
            operation.as_object_mut().unwrap().remove(key);
        }
        operation
    }

    #[test]
    fn an_operation_says_what_it_needs() {
        let spec = one("get", &with("x-nqba-timeout-s", json!(7))).unwrap();
        assert_eq!((spec.method, spec.operation_id.as_str(), spec.timeout_s), (Method::GET, "sites_read", Some(7)));
        assert_eq!(spec.path, "/api/v1/energy/sites/{site_id}");
        assert_eq!(spec.access, Access::Permission(Permission::of("energy:sites:read")));
        assert_eq!((spec.rate_class, spec.body_limit_bytes, spec.mutating), (RateClass::Read, None, false));
        assert!(one("post", &with("x-nqba-timeout-s", Value::Null)).unwrap().mutating);
        assert!(!one("post", &with("x-nqba-readonly", json!(true))).unwrap().mutating);
        assert_eq!(one("get", &with("x-nqba-permission", json!("public"))).unwrap().access, Access::Public);
        assert_eq!(one("get", &with("x-nqba-permission", json!("internal"))).unwrap().access, Access::Internal);
        for class in [RateClass::Read, RateClass::Write, RateClass::Solve, RateClass::SignIn, RateClass::Stream] {
            assert_eq!(one("get", &with("x-nqba-rate-class", json!(class.as_str()))).unwrap().rate_class, class);
        }
    }

    #[test]
    fn an_operation_that_does_not_is_refused() {
        for method in ["get", "post", "put", "patch", "delete", "head", "options", "trace"] {
            for (key, value) in [
                ("operationId", Value::Null),
                ("x-nqba-permission", Value::Null),
                ("x-nqba-permission", json!("everybody")),
                ("x-nqba-rate-class", Value::Null),
                ("x-nqba-rate-class", json!("fast")),
                ("x-nqba-body-limit-bytes", json!("1000")),
                ("x-nqba-timeout-s", json!(-1)),
                ("x-nqba-readonly", json!("yes")),
            ] {
                let text = one(method, &with(key, value.clone())).unwrap_err();
                assert!(text.contains("/api/v1/energy/sites/{site_id}"), "{method} {key} {value}: {text}");
            }
        }
    }
}
