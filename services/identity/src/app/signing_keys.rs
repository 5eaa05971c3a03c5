//! Keys that sign access tokens: one at a time; a former one stays valid until its last token has expired.

use super::housekeeping;
use crate::{
    App,
    store::signing_keys,
    tokens::{self, Signer},
};
use chrono::{DateTime, TimeDelta, Utc};
use nqba_contracts::identity::{Jwk, JwkSet, SigningKeyRotated};
use nqba_core::{Ctx, Result};
use nqba_runtime::{Tx, db::map};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::Expr};

/// Makes sure that there is a key, and signs with it.
pub(crate) async fn ensure(app: &App) -> Result<()> {
    let tx = app.db.begin().await?;
    let row = match present(&*tx, tx.now()).await? {
        Some(row) => row,
        None => insert(app, &tx).await?,
    };
    tx.commit().await?;
    sign_with(app, &row)
}

async fn present(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Option<signing_keys::Model>> {
    Ok(signing_keys::valid(db, now).await?.into_iter().find(|k| k.retired_at.is_none()))
}

/// Signs with the key that another process has made, if one has.
pub(crate) async fn follow(app: &App) -> Result<()> {
    match present(app.db.reader(), app.db.now()).await? {
        Some(row) if app.keys.kid().as_deref() != Some(&row.kid) => sign_with(app, &row),
        _ => Ok(()),
    }
}

fn sign_with(app: &App, row: &signing_keys::Model) -> Result<()> {
    app.keys.set(Signer::new(&row.kid, &open(app, row)?)?);
    Ok(())
}

/// The key's secret half.
pub(crate) fn open(app: &App, row: &signing_keys::Model) -> Result<Vec<u8>> {
    app.vault.open_sealed(&format!("signing_keys:secret:{}", row.kid), &row.secret_sealed)
}

async fn insert(app: &App, tx: &Tx) -> Result<signing_keys::Model> {
    let (secret, x) = tokens::new_key();
    let kid = nqba_core::new_id().simple().to_string();
    let row = signing_keys::ActiveModel {
        secret_sealed: Set(app.vault.seal(&format!("signing_keys:secret:{kid}"), &secret)?),
        kid: Set(kid),
        x: Set(x),
        created_at: Set(tx.now()),
        retired_at: Set(None),
    };
    signing_keys::Entity::insert(row).exec_with_returning(&**tx).await.map_err(map)
}

/// A new key signs from now on.
pub(crate) async fn rotate(app: &App, ctx: &Ctx) -> Result<Jwk> {
    let tx = app.db.begin().await?;
    signing_keys::Entity::update_many()
        .col_expr(signing_keys::Column::RetiredAt, Expr::value(Some(tx.now())))
        .filter(signing_keys::Column::RetiredAt.is_null())
        .exec(&*tx)
        .await
        .map_err(map)?;
    let row = insert(app, &tx).await?;
    tx.publish(&SigningKeyRotated { kid: row.kid.clone() }, ctx).await?;
    tx.commit().await?;
    sign_with(app, &row)?;
    Ok(tokens::jwk(&row.kid, &row.x))
}

/// For how long a retired key is published: as long as a token lives, and the time in which other processes take
/// notice of the new one.
fn published_for(app: &App) -> TimeDelta {
    let ttl = i64::try_from(app.settings.identity.access_token_ttl_s).unwrap_or(3600);
    TimeDelta::seconds(ttl) + housekeeping::EVERY * 2
}

/// Every key by which a token may still be verified.
pub(crate) async fn published(app: &App) -> Result<JwkSet> {
    let rows = signing_keys::valid(app.db.reader(), app.db.now() - published_for(app)).await?;
    Ok(JwkSet { keys: rows.iter().map(|k| tokens::jwk(&k.kid, &k.x)).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use nqba_testkit::{Backend, TestRuntime};

    #[tokio::test]
    async fn a_key_that_another_server_made_is_followed() {
        let test = TestRuntime::new(Backend::Sqlite).await;
        let db = test.runtime.database(crate::NAME, crate::migrations).await.unwrap();
        let one = App::new(db.clone(), &test.runtime.settings).await.unwrap();
        let two = App::new(db, &test.runtime.settings).await.unwrap();
        ensure(&one).await.unwrap();
        ensure(&two).await.unwrap();
        assert_eq!(one.keys.kid(), two.keys.kid());
        let ctx = Ctx::system(one.db.now() + TimeDelta::seconds(30));
        let made = rotate(&one, &ctx).await.unwrap();
        assert_ne!(two.keys.kid(), Some(made.kid.clone()));
        follow(&two).await.unwrap();
        assert_eq!((one.keys.kid(), two.keys.kid()), (Some(made.kid.clone()), Some(made.kid)));
    }
}
