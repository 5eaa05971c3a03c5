//! API keys for machines: shown once, kept as a hash, scoped, expiring.

use super::{roles, sessions::revoked};
use crate::{App, store::api_keys, tokens, vault};
use chrono::TimeDelta;
use nqba_contracts::identity::{ApiKey, CreatedApiKey, NewApiKey};
use nqba_core::{ActorKind, Ctx, Error, FieldError, Page, PageQuery, Result};
use nqba_runtime::db::map;
use sea_orm::{ActiveValue::Set, EntityTrait, IntoActiveModel};
use uuid::Uuid;

/// How every key begins.
pub(crate) const PREFIX: &str = "nqba_live_";
const MAX_DAYS: i64 = 366;

fn wire(row: &api_keys::Model) -> Result<ApiKey> {
    Ok(ApiKey {
        id: row.id,
        name: row.name.clone(),
        prefix: format!("{PREFIX}{}", row.id.simple()),
        roles: roles::to_wire(&roles::from_json(&row.roles)?),
        created_by: row.created_by,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
        revoked_at: row.revoked_at,
    })
}

pub(crate) async fn list(app: &App, query: &PageQuery) -> Result<Page<ApiKey>> {
    let page = api_keys::page(app.db.reader(), query.limit()?, query.cursor()?).await?;
    let items = page.items.iter().map(wire).collect::<Result<_>>()?;
    Ok(Page { items, next_cursor: page.next_cursor })
}

pub(crate) async fn create(app: &App, ctx: &Ctx, new: &NewApiKey) -> Result<CreatedApiKey> {
    if ctx.actor.kind == ActorKind::ApiKey {
        // Otherwise a key that was found out could make itself successors.
        return Err(Error::forbidden("An API key makes no API keys; sign in to make one."));
    }
    let now = app.db.now();
    let mut refused = Vec::new();
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 120 || name.chars().any(char::is_control) {
        let text = "A name has 1 to 120 characters, none of them a control character.";
        refused.push(FieldError::new("/name", "out_of_range", text));
    }
    if new.expires_at <= now || new.expires_at > now + TimeDelta::days(MAX_DAYS) {
        let text = format!("A key ends in the future, at most {MAX_DAYS} days from now.");
        refused.push(FieldError::new("/expires_at", "out_of_range", text));
    }
    if new.roles.is_empty() {
        refused.push(FieldError::new("/roles", "empty", "A key without a role may do nothing; name one."));
    }
    if !refused.is_empty() {
        return Err(Error::invalid_fields(refused));
    }
    let bindings = roles::read(&new.roles)?;
    roles::may_grant(ctx, &bindings)?;
    let secret = tokens::secret();
    let tx = app.db.begin().await?;
    let row = api_keys::ActiveModel {
        id: Set(nqba_core::new_id()),
        name: Set(name.to_owned()),
        secret_hash: Set(vault::digest(&secret)),
        roles: Set(roles::to_json(&bindings)?),
        created_by: Set(ctx.actor.id),
        created_at: Set(now),
        expires_at: Set(nqba_core::truncate_us(new.expires_at)),
        last_used_at: Set(None),
        revoked_at: Set(None),
    };
    let row = api_keys::Entity::insert(row).exec_with_returning(&*tx).await.map_err(map)?;
    tx.commit().await?;
    Ok(CreatedApiKey { secret: format!("{PREFIX}{}_{secret}", row.id.simple()), api_key: wire(&row)? })
}

pub(crate) async fn revoke(app: &App, ctx: &Ctx, id: Uuid) -> Result<()> {
    let tx = app.db.begin().await?;
    let row = api_keys::lock(&*tx, id).await?.filter(|k| k.revoked_at.is_none());
    let row = row.ok_or_else(|| Error::not_found("API key"))?;
    let mut change = row.into_active_model();
    change.revoked_at = Set(Some(tx.now()));
    api_keys::Entity::update(change).exec(&*tx).await.map_err(map)?;
    revoked(&tx, ctx, id, None, "key_revoked").await?;
    tx.commit().await
}
