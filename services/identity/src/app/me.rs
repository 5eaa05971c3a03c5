//! The caller: who it is, what it may do, its own password.

use super::{
    roles,
    sessions::{check_failures, note_failure, revoked},
};
use crate::{
    App, password,
    store::{api_keys, sessions, users},
};
use nqba_contracts::{
    identity::{HeldPermission, Me, PasswordChange},
    roles::{PERMISSIONS, scopes_of},
};
use nqba_core::{ActorKind, Ctx, Error, Permission, Result};
use nqba_runtime::db::map;
use sea_orm::{ActiveValue::Set, EntityTrait, IntoActiveModel};

pub(crate) async fn read(app: &App, ctx: &Ctx) -> Result<Me> {
    let held = |(name, _): &(&'static str, &str)| {
        let scopes: Vec<_> = scopes_of(&ctx.roles, &Permission::of(name)).iter().map(ToString::to_string).collect();
        (!scopes.is_empty()).then(|| HeldPermission { permission: (*name).to_owned(), scopes })
    };
    let (kind, email, display_name) = match ctx.actor.kind {
        ActorKind::ApiKey => {
            let key =
                api_keys::find(app.db.reader(), ctx.actor.id).await?.ok_or_else(|| Error::not_found("API key"))?;
            ("api_key", None, key.name)
        }
        _ => {
            let row = users::find(app.db.reader(), ctx.actor.id).await?.ok_or_else(|| Error::not_found("user"))?;
            let user = super::users::wire(app, &row)?;
            ("user", Some(user.email), user.display_name)
        }
    };
    Ok(Me {
        id: ctx.actor.id,
        kind: kind.to_owned(),
        email,
        display_name,
        roles: roles::to_wire(&ctx.roles),
        permissions: PERMISSIONS.iter().filter_map(held).collect(),
    })
}

/// Changes the caller's password; every other session of the caller ends. Wrong guesses count as failed sign-ins do.
pub(crate) async fn change_password(app: &App, ctx: &Ctx, change: &PasswordChange) -> Result<()> {
    let row = users::find(app.db.reader(), ctx.actor.id).await?.ok_or_else(|| Error::not_found("user"))?;
    check_failures(app.db.reader(), &row.email_hash, app.db.now()).await?;
    if !app.passwords.verify(&change.current_password, Some(&row.password_hash)).await? {
        note_failure(app, row.email_hash).await?;
        return Err(Error::invalid("/current_password", "wrong", "The present password is wrong."));
    }
    let email = super::users::wire(app, &row)?.email;
    if let Some(field) = password::refuse(&change.new_password, &email, "/new_password") {
        return Err(Error::invalid_fields(vec![field]));
    }
    let hash = app.passwords.hash(&change.new_password).await?;
    let tx = app.db.begin().await?;
    check_failures(&*tx, &row.email_hash, tx.now()).await?;
    let now = users::lock(&*tx, row.id).await?.ok_or_else(|| Error::not_found("user"))?;
    if now.password_hash != row.password_hash {
        return Err(Error::conflict("The password was changed in the meantime; try again."));
    }
    let sessions = sessions::open_ids(&*tx, row.id, tx.now()).await?;
    sessions::revoke(&*tx, row.id, None, ctx.actor.session, tx.now()).await?;
    for other in sessions.into_iter().filter(|s| Some(*s) != ctx.actor.session) {
        revoked(&tx, ctx, row.id, Some(other), "password_changed").await?;
    }
    let version = now.version;
    let mut change = now.into_active_model();
    change.password_hash = Set(hash);
    change.version = Set(version + 1);
    users::Entity::update(change).exec(&*tx).await.map_err(map)?;
    tx.commit().await
}
