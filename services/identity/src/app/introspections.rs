//! The gateway asks what an API key stands for.
//!
//! A key never outlives its maker's rights: it is refused when its maker is disabled, and it loses every role that its
//! maker could not grant any more.

use super::{api_keys::PREFIX, roles};
use crate::{
    App,
    store::{api_keys, users},
    vault,
};
use chrono::{DateTime, TimeDelta, Utc};
use nqba_contracts::identity::Introspected;
use nqba_core::{ActorKind, Code, Ctx, Error, Result};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// Refuses everybody but the system: for all others there is no such operation.
pub(crate) fn may(ctx: &Ctx) -> Result<()> {
    if ctx.actor.kind == ActorKind::System { Ok(()) } else { Err(Error::not_found("path")) }
}

pub(crate) async fn introspect(app: &App, ctx: &Ctx, token: &str) -> Result<Introspected> {
    may(ctx)?;
    let no = || Error::new(Code::Unauthenticated, "This API key is not known, has ended, or was revoked.");
    let (id, secret) = token.strip_prefix(PREFIX).and_then(|t| t.split_once('_')).ok_or_else(no)?;
    let id = Uuid::try_parse(id).map_err(|_| no())?;
    let row = api_keys::find(app.db.reader(), id).await?.ok_or_else(no)?;
    let same = vault::digest(secret).as_bytes().ct_eq(row.secret_hash.as_bytes());
    let now = app.db.now();
    if !bool::from(same) || row.revoked_at.is_some() || row.expires_at <= now {
        return Err(no());
    }
    let maker = users::find(app.db.reader(), row.created_by).await?.filter(|u| u.enabled).ok_or_else(no)?;
    let held = roles::grantable(&roles::from_json(&maker.roles)?, roles::from_json(&row.roles)?);
    if held.is_empty() {
        return Err(no());
    }
    if row.last_used_at.is_none_or(|t| now - t >= NOTED_EVERY)
        && let Err(error) = note_use(app, id, now).await
    {
        // The key is good all the same.
        tracing::warn!(key = %id, %error, "the use of an API key could not be noted");
    }
    Ok(Introspected { id, roles: roles::to_wire(&held), expires_at: row.expires_at })
}

/// Uses are noted to the minute: a key in use would otherwise write at every call.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

async fn note_use(app: &App, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    let tx = app.db.begin().await?;
    api_keys::used(&*tx, id, now, now - NOTED_EVERY).await?;
    tx.commit().await
}
