//! What an audit record says of a call: who, what, and what was asked, without secrets.

use super::{
    routes::Route,
    who::{Verified, word},
};
use axum::body::{Body, HttpBody};
use http::{Request, header};
use nqba_core::{ActorKind, Code, Error, Result};
use serde_json::{Map, Value};
use std::net::IpAddr;

/// Larger requests are not kept.
const MAX_KEPT: u64 = 8 * 1024;
const MAX_PATH: usize = 2_000;
const REMOVED: &str = "[removed]";
/// A field whose name holds one of these holds a secret, or may, or says who a person is: the record keeps ids of people.
const SECRET: [&str; 15] = [
    "email",
    "displayname",
    "phone",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "authorization",
    "cookie",
    "apikey",
    "privatekey",
    "signingkey",
    "pincode",
];

/// Takes what the request asks for, if it is small JSON; the request goes on as it was.
///
/// # Errors
/// `malformed` when the body breaks off.
pub(crate) async fn asked(request: Request<Body>) -> Result<(Request<Body>, Option<String>)> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let is_json = kind.trim_start().get(..16).is_some_and(|k| k.eq_ignore_ascii_case("application/json"));
    let is_small = request.body().size_hint().exact().is_some_and(|n| (1..=MAX_KEPT).contains(&n));
    if !is_json || !is_small {
        return Ok((request, None));
    }
    let (parts, body) = request.into_parts();
    let broken = |e| Error::new(Code::Malformed, "The body could not be read to its end.").because(e);
    let bytes = axum::body::to_bytes(body, MAX_KEPT as usize).await.map_err(broken)?;
    let kept = serde_json::from_slice(&bytes).ok().map(|value| without_secrets(value).to_string());
    Ok((Request::from_parts(parts, Body::from(bytes)), kept))
}

/// The record of a call that begins.
pub(crate) fn record(
    route: &Route,
    who: Option<&Verified>,
    path: &str,
    request_id: &str,
    client_ip: IpAddr,
    request: Option<String>,
) -> crate::store::records::Model {
    let kind = who.map_or(ActorKind::Anonymous, |w| w.actor.kind);
    crate::store::records::Model {
        id: nqba_core::new_id(),
        time: nqba_core::now_us(),
        actor_kind: word(kind).to_owned(),
        actor_id: who.map(|w| w.actor.id),
        operation: route.spec.operation_id.clone(),
        method: route.spec.method.to_string(),
        path: path.chars().take(MAX_PATH).collect(),
        permission: route.needs.as_ref().map(|(_, p)| p.to_string()),
        request_id: request_id.to_owned(),
        client_ip: client_ip.to_string(),
        outcome: "open".to_owned(),
        status: None,
        duration_ms: None,
        request,
        before: None,
        after: None,
    }
}

/// The value with every secret replaced.
pub(crate) fn without_secrets(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let cleaned = map.into_iter().map(|(key, value)| {
                let value = if is_secret(&key) { hidden(value) } else { without_secrets(value) };
                (key, value)
            });
            Value::Object(cleaned.collect::<Map<_, _>>())
        }
        Value::Array(all) => Value::Array(all.into_iter().map(without_secrets).collect()),
        // Wherever they stand: our own keys, and tokens.
        Value::String(text) if text.contains("nqba_live_") || text.starts_with("eyJ") => Value::from(REMOVED),
        other => other,
    }
}

/// That nothing was given is no secret.
fn hidden(value: Value) -> Value {
    if value.is_null() { value } else { Value::from(REMOVED) }
}

fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    plain == "key" || plain == "pin" || plain == "otp" || SECRET.iter().any(|word| plain.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_removed_wherever_they_stand() {
        let given = json!({
            "email": "a@b.c", "password": "p", "new_password": "p", "currentPassword": "p", "API-Key": "k",
            "list": [{ "client_secret": { "deep": 1 } }, "eyJhbGciOi", "see nqba_live_x_y"], "access_token": null,
            "site_id": "s", "key": "k", "monkey": "m", "size_kw": 7,
        });
        let kept = json!({
            "email": "[removed]", "password": "[removed]", "new_password": "[removed]", "currentPassword": "[removed]",
            "API-Key": "[removed]", "list": [{ "client_secret": "[removed]" }, "[removed]", "[removed]"],
            "access_token": null, "site_id": "s", "key": "[removed]", "monkey": "m", "size_kw": 7,
        });
        assert_eq!(without_secrets(given), kept);
    }
}
