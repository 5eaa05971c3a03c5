//! `Idempotency-Key`: the same key and body get the same bytes; the answer is kept in the transaction of the effect.

use crate::{
    db::{Tx, Unique, idempotency as table, map},
    web::{ApiResult, Problem, ctx::Acting},
};
use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use nqba_core::{Code, Error, Result};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How long an answer is kept.
pub const KEEP_HOURS: i64 = 24;
const MAX_KEY: usize = 255;

/// An answer that can be kept and given again.
#[derive(Debug, Clone)]
pub struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Reply {
    /// A JSON answer.
    ///
    /// # Errors
    /// `internal` when the value cannot be written as JSON.
    pub fn json<T: Serialize>(status: StatusCode, value: &T) -> Result<Self> {
        let body = serde_json::to_vec(value).map_err(Error::internal)?.into();
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Self { status, headers, body })
    }

    /// Adds a header; one whose value is no header text is left out.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: impl AsRef<str>) -> Self {
        if let Ok(value) = HeaderValue::from_str(value.as_ref()) {
            self.headers.insert(name, value);
        }
        self
    }
}

impl Reply {
    /// The same answer with its body changed: sealed before it is kept, opened when it is given again.
    ///
    /// # Errors
    /// What `change` says.
    pub fn with_body(mut self, change: impl FnOnce(&[u8]) -> Result<Vec<u8>>) -> Result<Self> {
        self.body = change(&self.body)?.into();
        Ok(self)
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// The request's key, if it has one, with whose it is and what it is for.
#[derive(Debug, Clone)]
pub struct Idempotency {
    key: Option<Key>,
}

#[derive(Debug, Clone)]
struct Key {
    actor_id: Uuid,
    operation: String,
    key: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Idempotency {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(Self { key: None }) };
        let key = value.to_str().unwrap_or_default().to_owned();
        if key.is_empty() || key.len() > MAX_KEY {
            let text = format!("Idempotency-Key must be 1 to {MAX_KEY} visible characters.");
            return Err(Error::new(Code::Malformed, text).into());
        }
        let Acting(ctx) = Acting::from_request_parts(parts, state).await?;
        let operation = format!("{} {}", parts.method, parts.uri.path());
        Ok(Self { key: Some(Key { actor_id: ctx.actor.id, operation, key }) })
    }
}

impl Idempotency {
    /// Without a key: nothing is kept and nothing replayed.
    #[must_use]
    pub fn none() -> Self {
        Self { key: None }
    }

    /// Whether the request has a key.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.key.is_some()
    }

    /// Takes the key in this transaction, or answers what was answered before. A twin that is still under way holds
    /// the row until it ends, so both get the same answer.
    ///
    /// # Errors
    /// `idempotency_mismatch` when the key was used with another body; `conflict` when the twin takes too long.
    pub async fn begin(&self, tx: &Tx, body_sha256: &[u8; 32]) -> Result<Option<Reply>> {
        let Some(k) = &self.key else { return Ok(None) };
        let now = tx.now();
        let hash: String = body_sha256.iter().map(|b| format!("{b:02x}")).collect();
        table::Entity::delete_many()
            .filter(table::Column::ActorId.eq(k.actor_id))
            .filter(table::Column::Operation.eq(&k.operation))
            .filter(table::Column::Key.eq(&k.key))
            .filter(table::Column::CreatedAt.lt(now - chrono::TimeDelta::hours(KEEP_HOURS)))
            .exec(&**tx)
            .await
            .map_err(map)?;
        let row = table::ActiveModel {
            actor_id: Set(k.actor_id),
            operation: Set(k.operation.clone()),
            key: Set(k.key.clone()),
            body_sha256: Set(hash.clone()),
            status: Set(0),
            headers: Set("{}".to_owned()),
            body: Set(Vec::new()),
            created_at: Set(now),
        };
        let taken = table::Entity::insert(row)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(&**tx)
            .await
            .map_err(map)?;
        if taken > 0 {
            return Ok(None);
        }
        let id = (k.actor_id, k.operation.clone(), k.key.clone());
        let row = table::Entity::find_by_id(id).unique(&**tx).await?;
        let row = row
            .filter(|r| r.status != 0)
            .ok_or_else(|| Error::conflict("A request with this idempotency key is still under way.").retry_after(1))?;
        if row.body_sha256 != hash {
            let text = "This idempotency key was used before with another body; use a new key.";
            return Err(Error::new(Code::IdempotencyMismatch, text));
        }
        kept(row).map(Some)
    }

    /// Keeps the answer and commits the effect with it.
    ///
    /// # Errors
    /// When the commit fails; then nothing happened.
    pub async fn commit(self, tx: Tx, reply: Reply) -> Result<Reply> {
        if let Some(k) = self.key {
            let headers: BTreeMap<&str, &str> =
                reply.headers.iter().filter_map(|(n, v)| Some((n.as_str(), v.to_str().ok()?))).collect();
            let row = table::ActiveModel {
                actor_id: Set(k.actor_id),
                operation: Set(k.operation),
                key: Set(k.key),
                status: Set(i32::from(reply.status.as_u16())),
                headers: Set(serde_json::to_string(&headers).map_err(Error::internal)?),
                body: Set(reply.body.to_vec()),
                ..Default::default()
            };
            table::Entity::update(row).exec(&*tx).await.map_err(map)?;
        }
        tx.commit().await?;
        Ok(reply)
    }
}

fn kept(row: table::Model) -> Result<Reply> {
    let status = u16::try_from(row.status).ok().and_then(|s| StatusCode::from_u16(s).ok());
    let headers: BTreeMap<String, String> = serde_json::from_str(&row.headers).map_err(Error::internal)?;
    let mut reply =
        Reply { status: status.unwrap_or(StatusCode::OK), headers: HeaderMap::new(), body: row.body.into() };
    for (name, value) in headers {
        if let Ok(name) = HeaderName::try_from(name) {
            reply = reply.with(name, value);
        }
    }
    Ok(reply.with(HeaderName::from_static("idempotency-replayed"), "true"))
}
