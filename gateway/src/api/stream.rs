//! The live stream over HTTP: server-sent events.

use crate::app::{
    App,
    stream::{self as app, Wanted},
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderName},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::StreamExt;
use nqba_contracts::Problem as ProblemDocument;
use nqba_core::{Error, Permission, Result};
use nqba_runtime::{
    bus::Recorded,
    web::{Acting, ApiResult, Query},
};
use serde::Deserialize;
use std::{convert::Infallible, sync::Arc, time::Duration};

const HEARTBEAT: Duration = Duration::from_secs(15);
const RETRY: Duration = Duration::from_secs(2);
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Proxies that gather answers must not gather this one.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");
const MAX_TYPES: usize = 32;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StreamQuery {
    #[serde(default, rename = "type")]
    kind: Vec<String>,
    #[serde(default)]
    types: Vec<String>,
    subject: Option<String>,
    last_event_id: Option<String>,
}

impl StreamQuery {
    fn read(self, headers: &HeaderMap) -> Result<(Wanted, Option<i64>)> {
        let header = headers.get(LAST_EVENT_ID).map(|v| v.to_str().unwrap_or("?").to_owned());
        let last = header.or(self.last_event_id).filter(|id| !id.trim().is_empty());
        let last = last.map(|id| id.trim().parse::<i64>().ok().filter(|id| *id >= 0).ok_or_else(no_id)).transpose()?;
        let words = self.kind.iter().chain(&self.types).flat_map(|t| t.split(','));
        let types: Vec<String> = words.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect();
        if types.len() > MAX_TYPES {
            return Err(Error::invalid("?type", "too_many", format!("At most {MAX_TYPES} types may be named.")));
        }
        Ok((Wanted { types, subject: self.subject }, last))
    }
}

fn no_id() -> Error {
    Error::invalid(
        "?last_event_id",
        "unknown_id",
        "This is no id of an event of this stream; leave it out to begin now.",
    )
}

/// Follow events as they happen
///
/// Server-sent events: `id` is the event's place in the log, `data` its CloudEvents envelope. Give the last id that came
/// as `Last-Event-ID` to go on there without a gap. A comment comes every 15 seconds, so a silent stream is a lost one.
/// The stream ends when the access token expires; connect again with a new one.
#[utoipa::path(
    get, path = "/api/v1/events/stream", operation_id = "events_stream", tag = "events",
    params(
        ("type" = Option<Vec<String>>, Query, description = "Only these types, repeated or separated by commas; a trailing * takes all that begin so, e.g. com.nqba.energy.*"),
        ("subject" = Option<String>, Query, description = "Only of this subject"),
        ("last_event_id" = Option<String>, Query, description = "As the header, for clients that cannot set it"),
        ("Last-Event-ID" = Option<String>, Header, description = "The last id that came"),
    ),
    responses(
        (status = 200, description = "Events within the caller's scopes", body = String, content_type = "text/event-stream"),
        (status = 422, description = "The id is none of this stream", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-nqba-permission" = json!("events:stream:read")), ("x-nqba-rate-class" = json!("stream"))),
    security(("bearer" = [])),
)]
pub(crate) async fn follow(
    State(state): State<App>,
    Acting(ctx): Acting,
    headers: HeaderMap,
    Query(query): Query<StreamQuery>,
) -> ApiResult<Response> {
    ctx.require(&Permission::of("events:stream:read"))?;
    let (wanted, last) = query.read(&headers)?;
    let events = app::follow(&state, ctx, wanted, last).await?;
    // Something goes out at once, so that the reader knows that it is connected.
    let hello = futures::stream::iter([Ok(Event::default().retry(RETRY))]);
    let stream = hello.chain(events.map(|event| Ok::<_, Infallible>(sent(&event))));
    let beat = KeepAlive::new().interval(HEARTBEAT).text("beat");
    Ok(([UNBUFFERED], Sse::new(stream).keep_alive(beat)).into_response())
}

fn sent(event: &Arc<Recorded>) -> Event {
    let text = serde_json::to_string(&event.envelope).unwrap_or_default();
    Event::default().id(event.offset.to_string()).data(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_goes_before_the_query_and_a_foreign_id_is_refused() {
        let query = |id: &str| StreamQuery { last_event_id: Some(id.to_owned()), ..StreamQuery::default() };
        let with = |id: &'static str| HeaderMap::from_iter([(LAST_EVENT_ID, id.parse().unwrap())]);
        assert_eq!(query("7").read(&HeaderMap::new()).unwrap().1, Some(7));
        assert_eq!(query("7").read(&with("9")).unwrap().1, Some(9));
        assert_eq!(query("").read(&HeaderMap::new()).unwrap().1, None);
        for bad in ["x", "-1", "1.5", "99999999999999999999"] {
            assert!(query(bad).read(&HeaderMap::new()).is_err(), "{bad}");
        }
    }

    #[test]
    fn types_come_in_a_list_or_repeated() {
        let kind = vec!["a, b".to_owned(), "c.*".to_owned()];
        let query = StreamQuery { kind, types: vec!["d".to_owned()], ..StreamQuery::default() };
        assert_eq!(query.read(&HeaderMap::new()).unwrap().0.types, ["a", "b", "c.*", "d"]);
    }
}
