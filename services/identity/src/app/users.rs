//! Users: made, read, changed. Whoever is disabled or loses a role loses it at once.

use super::{roles, sessions::revoked};
use crate::{
    App, password,
    store::{api_keys, sessions, users},
};
use nqba_contracts::identity::{NewUser, User, UserChanged, UserPatch};
use nqba_core::{Ctx, Error, FieldError, Page, PageQuery, Result, RoleBinding, Scope};
use nqba_runtime::{
    Tx,
    db::{is_unique_violation, map},
    web::IfMatch,
};
use sea_orm::{ActiveValue::Set, EntityTrait, IntoActiveModel};
use uuid::Uuid;

/// A name for an e-mail address by which it is found in any case.
pub(crate) fn normal(email: &str) -> String {
    email.trim().to_lowercase()
}

/// The user as it goes over the wire.
pub(crate) fn wire(app: &App, row: &users::Model) -> Result<User> {
    Ok(User {
        id: row.id,
        email: app.vault.open_text(&format!("users:email:{}", row.id), &row.email_sealed)?,
        display_name: app.vault.open_text(&format!("users:name:{}", row.id), &row.name_sealed)?,
        enabled: row.enabled,
        roles: roles::to_wire(&roles::from_json(&row.roles)?),
        created_at: row.created_at,
        last_sign_in_at: row.last_sign_in_at,
        version: row.version,
    })
}

pub(crate) async fn list(app: &App, query: &PageQuery) -> Result<Page<User>> {
    let page = users::page(app.db.reader(), query.limit()?, query.cursor()?).await?;
    let items = page.items.iter().map(|r| wire(app, r)).collect::<Result<_>>()?;
    Ok(Page { items, next_cursor: page.next_cursor })
}

pub(crate) async fn read(app: &App, id: Uuid) -> Result<User> {
    let row = users::find(app.db.reader(), id).await?.ok_or_else(|| Error::not_found("user"))?;
    wire(app, &row)
}

const MAX_NAME: usize = 120;

/// A user that may be made: checked, and its password hashed.
pub(crate) struct Prepared {
    email: String,
    name: String,
    password_hash: String,
    roles: Vec<RoleBinding>,
}

/// Checks a new user and hashes its password. Hashing takes its time, so this is done before the transaction begins.
pub(crate) async fn prepare(app: &App, ctx: &Ctx, new: NewUser) -> Result<Prepared> {
    let email = new.email.trim().to_owned();
    let mut refused = Vec::new();
    if !is_plausible(&email) {
        refused.push(FieldError::new("/email", "malformed", "This is no e-mail address."));
    }
    refused.extend(password::refuse(&new.password, &email, "/password"));
    refused.extend(new.display_name.as_deref().and_then(refuse_name));
    if !refused.is_empty() {
        return Err(Error::invalid_fields(refused));
    }
    let before_at = || email.split('@').next().unwrap_or_default().chars().take(MAX_NAME).collect();
    let name = new.display_name.map_or_else(before_at, |n| n.trim().to_owned());
    let roles = roles::read(&new.roles)?;
    roles::may_grant(ctx, &roles)?;
    if users::by_email_hash(app.db.reader(), &app.vault.lookup(&normal(&email))).await?.is_some() {
        return Err(taken());
    }
    let password_hash = app.passwords.hash(&new.password).await?;
    Ok(Prepared { email, name, password_hash, roles })
}

fn is_plausible(email: &str) -> bool {
    email.len() <= 254
        && email
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
        && !email.chars().any(|c| c.is_whitespace() || c.is_control())
}

fn taken() -> Error {
    let field = FieldError::new("/email", "taken", "There is a user with this e-mail address.");
    Error::conflict(field.message.clone()).with_fields(vec![field])
}

/// Makes the user within the caller's transaction.
pub(crate) async fn create(app: &App, tx: &Tx, ctx: &Ctx, new: Prepared) -> Result<User> {
    let id = nqba_core::new_id();
    let row = users::ActiveModel {
        id: Set(id),
        email_hash: Set(app.vault.lookup(&normal(&new.email))),
        email_sealed: Set(app.vault.seal(&format!("users:email:{id}"), new.email.as_bytes())?),
        name_sealed: Set(app.vault.seal(&format!("users:name:{id}"), new.name.as_bytes())?),
        password_hash: Set(new.password_hash),
        enabled: Set(true),
        roles: Set(roles::to_json(&new.roles)?),
        created_at: Set(tx.now()),
        last_sign_in_at: Set(None),
        version: Set(1),
    };
    let made = users::Entity::insert(row).exec_with_returning(&**tx).await;
    if is_unique_violation(&made) {
        return Err(taken());
    }
    let made = made.map_err(map)?;
    let changed = UserChanged { user_id: id, change: "created".into(), enabled: true };
    tx.publish(&changed, ctx).await?;
    wire(app, &made)
}

fn refuse_name(name: &str) -> Option<FieldError> {
    let fine =
        !name.trim().is_empty() && name.trim().chars().count() <= MAX_NAME && !name.chars().any(char::is_control);
    (!fine).then(|| {
        let text = format!("A name has 1 to {MAX_NAME} characters, none of them a control character.");
        FieldError::new("/display_name", "out_of_range", text)
    })
}

/// Changes a user. Disabling and changed roles end what was issued before, also by the user's API keys.
pub(crate) async fn update(app: &App, ctx: &Ctx, id: Uuid, at: &IfMatch, patch: UserPatch) -> Result<(User, User)> {
    if let Some(field) = patch.display_name.as_deref().and_then(refuse_name) {
        return Err(Error::invalid_fields(vec![field]));
    }
    let wished = patch.roles.as_deref().map(roles::read).transpose()?;
    let tx = app.db.begin().await?;
    // Founders before the user: two changes that could each take a founder away wait for each other here.
    let founders = if wished.is_some() || patch.enabled == Some(false) { founders(&tx).await? } else { Vec::new() };
    let row = users::lock(&*tx, id).await?.ok_or_else(|| Error::not_found("user"))?;
    at.check(row.version)?;
    let before = wire(app, &row)?;
    let held = roles::from_json(&row.roles)?;
    let granted = wished.filter(|w| !roles::same(w, &held));
    let enabled = patch.enabled.unwrap_or(row.enabled);
    if let Some(granted) = &granted {
        roles::may_grant(ctx, granted)?;
    }
    if granted.is_some() || enabled != row.enabled {
        // Taking away needs as much as giving.
        roles::may_take(ctx, &held)?;
    }
    let stays_founder = enabled && granted.as_deref().is_none_or(founds);
    if founders.contains(&id) && founders.len() == 1 && !stays_founder {
        return Err(Error::conflict("This is the last founder of the group; make another one first."));
    }
    let mut change = row.clone().into_active_model();
    if let Some(name) = &patch.display_name {
        change.name_sealed = Set(app.vault.seal(&format!("users:name:{id}"), name.trim().as_bytes())?);
    }
    if let Some(granted) = &granted {
        change.roles = Set(roles::to_json(granted)?);
    }
    change.enabled = Set(enabled);
    change.version = Set(row.version + 1);
    let after = users::Entity::update(change).exec(&*tx).await.map_err(map)?;
    if row.enabled && !enabled {
        sessions::revoke(&*tx, id, None, None, tx.now()).await?;
        revoke_access(&tx, ctx, id, "user_disabled").await?;
    } else if granted.is_some() {
        revoke_access(&tx, ctx, id, "roles_changed").await?;
    }
    tx.publish(&UserChanged { user_id: id, change: "updated".into(), enabled }, ctx).await?;
    tx.commit().await?;
    Ok((before, wire(app, &after)?))
}

/// What was issued to the user no longer holds, and its API keys are to be asked about again.
async fn revoke_access(tx: &Tx, ctx: &Ctx, user_id: Uuid, reason: &str) -> Result<()> {
    revoked(tx, ctx, user_id, None, reason).await?;
    for key in api_keys::live_of(&**tx, user_id, tx.now()).await? {
        revoked(tx, ctx, key, None, reason).await?;
    }
    Ok(())
}

fn founds(bindings: &[RoleBinding]) -> bool {
    bindings.iter().any(|b| b.role == FOUNDER && b.scope == Scope::Group)
}

const FOUNDER: &str = "founder";

/// The enabled founders of the group; without one nobody could give the role again.
async fn founders(tx: &Tx) -> Result<Vec<Uuid>> {
    let mut found = Vec::new();
    for user in users::lock_enabled_with(&**tx, FOUNDER).await? {
        if founds(&roles::from_json(&user.roles)?) {
            found.push(user.id);
        }
    }
    Ok(found)
}
