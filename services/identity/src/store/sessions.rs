//! Sessions: each is a family of refresh tokens, none of which is kept; and failed sign-ins by account.

use chrono::{DateTime, Utc};
use nqba_core::Result;
use nqba_runtime::db::{Unique, map};
use sea_orm::{ExprTrait, QueryOrder, QuerySelect, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    /// Random. With the key file it gives the refresh token of every generation; either alone gives none.
    pub(crate) seed: String,
    /// Which refresh token is the present one.
    pub(crate) generation: i64,
    pub(crate) rotated_at: DateTime<Utc>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) last_used_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) user_agent: Option<String>,
    pub(crate) client_ip: Option<String>,
    pub(crate) revoked_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Failed sign-ins.
pub(crate) mod failures {
    use chrono::{DateTime, Utc};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sign_in_failures")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) email_hash: String,
        pub(crate) at: DateTime<Utc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>> {
    Entity::find_by_id(id).unique(db).await
}

/// The session; where there are row locks it stays ours until the transaction ends.
pub(crate) async fn lock(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>> {
    Entity::find_by_id(id).lock_exclusive().unique(db).await
}

fn open_of(user_id: Uuid, now: DateTime<Utc>) -> Select<Entity> {
    Entity::find()
        .filter(Column::UserId.eq(user_id))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .order_by_desc(Column::Id)
}

/// Sessions of a user that have not ended, newest first, at most 200.
pub(crate) async fn open(db: &impl ConnectionTrait, user_id: Uuid, now: DateTime<Utc>) -> Result<Vec<Model>> {
    open_of(user_id, now).limit(200).all(db).await.map_err(map)
}

/// The ids of all sessions of a user that have not ended.
pub(crate) async fn open_ids(db: &impl ConnectionTrait, user_id: Uuid, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
    open_of(user_id, now).select_only().column(Column::Id).into_tuple().all(db).await.map_err(map)
}

/// Ends sessions of a user: one, or all but one.
pub(crate) async fn revoke(
    db: &impl ConnectionTrait,
    user_id: Uuid,
    only: Option<Uuid>,
    except: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<u64> {
    let mut update = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(Some(now)))
        .filter(Column::UserId.eq(user_id))
        .filter(Column::RevokedAt.is_null());
    if let Some(id) = only {
        update = update.filter(Column::Id.eq(id));
    }
    if let Some(id) = except {
        update = update.filter(Column::Id.ne(id));
    }
    Ok(update.exec(db).await.map_err(map)?.rows_affected)
}

/// The `n`th-last failed sign-in of an account since then, if there were that many.
pub(crate) async fn nth_failure(
    db: &impl ConnectionTrait,
    hash: &str,
    since: DateTime<Utc>,
    n: u64,
) -> Result<Option<DateTime<Utc>>> {
    let row = failures::Entity::find()
        .filter(failures::Column::EmailHash.eq(hash))
        .filter(failures::Column::At.gt(since))
        .order_by_desc(failures::Column::At)
        .offset(n - 1)
        .limit(1)
        .one(db)
        .await
        .map_err(map)?;
    Ok(row.map(|r| r.at))
}

/// Forgets an account's failed sign-ins.
pub(crate) async fn forget_failures(db: &impl ConnectionTrait, hash: &str) -> Result<()> {
    failures::Entity::delete_many().filter(failures::Column::EmailHash.eq(hash)).exec(db).await.map_err(map)?;
    Ok(())
}

/// Removes sessions that ended before `ended`, and failed sign-ins before `failed`.
pub(crate) async fn prune(db: &impl ConnectionTrait, ended: DateTime<Utc>, failed: DateTime<Utc>) -> Result<u64> {
    let old = Column::ExpiresAt.lt(ended).or(Column::RevokedAt.lt(ended));
    let sessions = Entity::delete_many().filter(old).exec(db).await.map_err(map)?;
    let failures =
        failures::Entity::delete_many().filter(failures::Column::At.lt(failed)).exec(db).await.map_err(map)?;
    Ok(sessions.rows_affected + failures.rows_affected)
}
