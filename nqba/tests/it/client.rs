//! A small HTTP client, and a reader of the live stream.

use crate::support::SOON;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
pub use nqba_testkit::Answer;
use serde_json::{Value, json};
use std::time::Duration;

/// No call waits longer.
const LONGEST: Duration = Duration::from_secs(90);

/// Somebody who calls a server.
#[derive(Clone)]
pub struct Api {
    base: String,
    client: Client<HttpConnector, Full<Bytes>>,
    pub bearer: Option<String>,
}

/// A body and its media type.
pub type Content<'a> = Option<(&'a str, Vec<u8>)>;

impl Api {
    /// Nobody in particular.
    pub fn new(addr: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { base: format!("http://{addr}"), client, bearer: None }
    }

    /// Whoever holds this token or key.
    pub fn with(&self, bearer: &str) -> Self {
        Self { bearer: Some(bearer.to_owned()), ..self.clone() }
    }

    /// Signs in.
    pub async fn sign_in(&self, email: &str, password: &str) -> Self {
        let answer = self.post("/api/v1/identity/sessions", json!({ "email": email, "password": password })).await;
        self.with(answer.expect(201).json()["access_token"].as_str().unwrap())
    }

    /// Calls and reads the answer's head only.
    pub async fn open(
        &self,
        method: Method,
        path: &str,
        content: Content<'_>,
        headers: &[(&str, &str)],
    ) -> Result<Response<Incoming>, String> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(bearer) = &self.bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match content {
            None => Full::default(),
            Some((kind, bytes)) => {
                if !kind.is_empty() {
                    request = request.header("content-type", kind);
                }
                Full::new(bytes.into())
            }
        };
        let answer = self.client.request(request.body(body).unwrap());
        tokio::time::timeout(LONGEST, answer).await.map_err(|e| e.to_string())?.map_err(|e| format!("{e:?}"))
    }

    /// Calls; tells when there was no answer.
    pub async fn attempt(
        &self,
        method: Method,
        path: &str,
        content: Content<'_>,
        headers: &[(&str, &str)],
    ) -> Result<Answer, String> {
        let (parts, body) = self.open(method, path, content, headers).await?.into_parts();
        let body = tokio::time::timeout(LONGEST, body.collect()).await.map_err(|e| e.to_string())?;
        let body = body.map_err(|e| e.to_string())?.to_bytes().to_vec();
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    /// Calls with anything.
    pub async fn raw(&self, method: Method, path: &str, content: Content<'_>, headers: &[(&str, &str)]) -> Answer {
        let at = format!("{method} {path}");
        self.attempt(method, path, content, headers).await.unwrap_or_else(|e| panic!("{at}: {e}"))
    }

    /// Calls with JSON.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Answer {
        self.raw(method, path, body.map(|b| ("application/json", b.to_string().into_bytes())), headers).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None, &[]).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body), &[]).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None, &[]).await
    }

    /// Makes a user with one role, or none, and signs in as that.
    pub async fn user(&self, role: &str, scope: &str) -> (Self, Value) {
        let email = format!("{}@test.example", nqba_core::new_id().simple());
        let password = "seven green lamps over the river";
        let roles = if role.is_empty() { json!([]) } else { json!([{ "role": role, "scope": scope }]) };
        let new = json!({ "email": email, "password": password, "roles": roles });
        let made = self.post("/api/v1/identity/users", new).await.expect(201).json();
        (self.sign_in(&email, password).await, made)
    }
}

/// Fails unless the answer is a problem document of this status and code.
pub fn problem(answer: &Answer, status: u16, code: &str) {
    let told = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, StatusCode::from_u16(status).unwrap(), "{told}");
    assert_eq!(answer.header("content-type"), "application/problem+json", "{told}");
    let body = answer.json();
    assert_eq!((&body["code"], &body["status"]), (&json!(code), &json!(status)), "{told}");
    let words = |key: &str| body[key].as_str().is_some_and(|t| !t.is_empty());
    assert!(words("detail") && words("title") && words("type") && body["errors"].is_array(), "{told}");
    assert_eq!(body["request_id"], answer.header("x-request-id"), "{told}");
}

/// A fact from the live stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub id: i64,
    pub data: Value,
}

impl Event {
    pub fn kind(&self) -> &str {
        self.data["type"].as_str().unwrap()
    }
    pub fn subject(&self) -> &str {
        self.data["subject"].as_str().unwrap()
    }
}

/// An open live stream.
pub struct Stream {
    body: Incoming,
    buffer: Vec<u8>,
    pub headers: HeaderMap,
}

impl Stream {
    /// Opens it, after the event with that id or from now on.
    pub async fn open(api: &Api, last: Option<i64>) -> Self {
        let text = last.map(|l| l.to_string());
        let headers: Vec<_> = text.iter().map(|l| ("last-event-id", l.as_str())).collect();
        let response = api.open(Method::GET, "/api/v1/events/stream", None, &headers).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let (parts, body) = response.into_parts();
        let mut stream = Self { body, buffer: Vec::new(), headers: parts.headers };
        // The first thing that comes says that it is connected.
        assert!(stream.fill(SOON).await.unwrap());
        stream
    }

    /// Reads on; false at the end.
    async fn fill(&mut self, within: Duration) -> Result<bool, String> {
        let frame = tokio::time::timeout(within, self.body.frame()).await.map_err(|e| e.to_string())?;
        let Some(frame) = frame else { return Ok(false) };
        let frame = frame.map_err(|e| e.to_string())?;
        if let Some(bytes) = frame.data_ref() {
            self.buffer.extend_from_slice(bytes);
        }
        Ok(true)
    }

    /// The next event; none at the end of the stream.
    pub async fn next(&mut self, within: Duration) -> Option<Event> {
        loop {
            while let Some(end) = self.buffer.windows(2).position(|w| w == b"\n\n") {
                let block = self.buffer.drain(..end + 2).collect();
                let block = String::from_utf8(block).expect("events are UTF-8");
                let field = |name: &str| block.lines().find_map(|l| l.strip_prefix(name));
                if let Some(data) = field("data: ") {
                    let id = field("id: ").expect("an event has an id").parse().unwrap();
                    return Some(Event { id, data: serde_json::from_str(data).unwrap() });
                }
            }
            if !self.fill(within).await.unwrap_or_else(|e| panic!("no event within {within:?}: {e}")) {
                return None;
            }
        }
    }

    /// Events up to the first of that type and subject, which is the last.
    pub async fn until(&mut self, kind: &str, subject: &str, within: Duration) -> Vec<Event> {
        let mut found = Vec::new();
        loop {
            let event = self.next(within).await.expect("the stream goes on");
            let last = event.kind() == kind && event.subject() == subject;
            found.push(event);
            if last {
                return found;
            }
        }
    }
}
