//! On to the upstream, with a signed context in place of what the caller brought to show who it is.

use super::{
    body::{Cut, too_large},
    edge::{CLIENT_IP, TRACEPARENT},
    routes::Route,
    who::Verified,
};
use axum::{body::Body, response::Response};
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, Request, header};
use nqba_core::{Actor, Code, Ctx, Error, Result, Scope, TraceParent};
use nqba_runtime::{
    mount::Mount,
    signing::{CONTEXT_HEADER, ContextSigner},
    web::problem::{self, RequestId},
};
use std::net::IpAddr;
use tower::ServiceExt;
use uuid::Uuid;

/// Who acts within what, as the steps before found.
pub(crate) struct Acting<'a> {
    pub(crate) who: Option<&'a Verified>,
    pub(crate) scopes: &'a [Scope],
    pub(crate) trace: &'a TraceParent,
    /// Whether the trace began with the caller.
    pub(crate) joined: bool,
    pub(crate) client_ip: IpAddr,
}

impl Acting<'_> {
    fn ctx(&self, route: &Route, deadline: DateTime<Utc>) -> Ctx {
        let (actor, roles) = match self.who {
            Some(who) => (who.actor.clone(), who.roles.clone()),
            None => (Actor::anonymous(), Vec::new()),
        };
        // A trace of ours has a UUIDv7 for its id, which then names the chain of cause too.
        let ours = if self.joined { None } else { Uuid::try_parse(self.trace.trace_id()).ok() };
        Ctx {
            actor,
            roles,
            permission: route.needs.as_ref().map(|(_, p)| p.clone()),
            scopes: self.scopes.to_vec(),
            request_id: self.trace.trace_id().to_owned(),
            traceparent: if self.joined { self.trace.child() } else { self.trace.clone() },
            deadline,
            correlation_id: ours.unwrap_or_else(nqba_core::new_id),
            causation_id: None,
        }
    }

    /// Until when somebody waits for the answer.
    fn deadline(&self, route: &Route, now: DateTime<Utc>) -> DateTime<Utc> {
        let limit = route.time_limit.and_then(|t| chrono::TimeDelta::from_std(t).ok());
        match (limit, self.who) {
            (Some(limit), _) => now + limit,
            // A stream lasts as long as its bearer's right to it.
            (None, Some(who)) => who.expires_at,
            (None, None) => now + chrono::TimeDelta::hours(1),
        }
    }
}

/// Makes the request the upstream's.
pub(crate) fn dress(
    request: &mut Request<Body>,
    route: &Route,
    acting: &Acting<'_>,
    signer: &ContextSigner,
    now: DateTime<Utc>,
) {
    let ctx = acting.ctx(route, acting.deadline(route, now));
    let signed = signer.sign(&ctx, route.unit, now);
    let headers = request.headers_mut();
    headers.remove(header::AUTHORIZATION);
    // Only signing in and renewing live by the cookie.
    if route.needs.is_some() {
        headers.remove(header::COOKIE);
    }
    strengthen(headers);
    headers.insert(CONTEXT_HEADER, signed);
    if let Ok(value) = HeaderValue::from_str(ctx.traceparent.as_str()) {
        headers.insert(TRACEPARENT, value);
    }
    if let Ok(value) = HeaderValue::try_from(acting.client_ip.to_string()) {
        headers.insert(CLIENT_IP, value);
    }
    request.extensions_mut().insert(RequestId(ctx.request_id));
}

/// Compression makes the tags of answers weak on their way out; who names one as the version to change means the strong
/// one that the unit gave.
fn strengthen(headers: &mut HeaderMap) {
    let Some(weak) = headers.get(header::IF_MATCH).and_then(|v| v.to_str().ok()).filter(|v| v.contains("W/\"")) else {
        return;
    };
    if let Ok(value) = HeaderValue::try_from(weak.replace("W/\"", "\"")) {
        headers.insert(header::IF_MATCH, value);
    }
}

/// Calls the upstream, within the operation's time.
///
/// # Errors
/// `timeout`, or `too_large` when the body crossed its limit on the way.
pub(crate) async fn forward(request: Request<Body>, route: &Route, cut: Option<Cut>) -> Result<Response> {
    let answer = answered(route.mount.clone(), request);
    let response = match route.time_limit {
        None => answer.await,
        Some(limit) => tokio::time::timeout(limit, answer).await.map_err(|e| {
            let text = format!("This took longer than {} s, the maximum here.", limit.as_secs());
            Error::new(Code::Timeout, text).because(e)
        })?,
    };
    if cut.is_some_and(|c| c.happened()) {
        return Err(too_large(route.body_limit));
    }
    Ok(response)
}

async fn answered(mount: Mount, request: Request<Body>) -> Response {
    match mount.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// An error as its answer, told to the log.
pub(crate) fn refusal(error: &Error, request_id: &str) -> Response {
    problem::log(error, request_id);
    problem::document(error, request_id)
}
