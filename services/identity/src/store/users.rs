//! Users. E-mail and name are encrypted; the e-mail is found by its keyed hash.

use chrono::{DateTime, Utc};
use nqba_core::{Cursor, Page, Result};
use nqba_runtime::db::{Unique, map, paged};
use sea_orm::{Order, QueryOrder, QuerySelect, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    #[sea_orm(unique)]
    pub(crate) email_hash: String,
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub(crate) email_sealed: Vec<u8>,
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub(crate) name_sealed: Vec<u8>,
    pub(crate) password_hash: String,
    pub(crate) enabled: bool,
    /// JSON list of bindings.
    #[sea_orm(column_type = "Text")]
    pub(crate) roles: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) last_sign_in_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

pub(crate) async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>> {
    Entity::find_by_id(id).unique(db).await
}

/// The user; where there are row locks it stays ours until the transaction ends. Whatever issues to a user or takes
/// from it begins here, so that what is issued is either seen by a revocation or knows of it.
pub(crate) async fn lock(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>> {
    Entity::find_by_id(id).lock_exclusive().unique(db).await
}

pub(crate) async fn by_email_hash(db: &impl ConnectionTrait, hash: &str) -> Result<Option<Model>> {
    Entity::find().filter(Column::EmailHash.eq(hash)).unique(db).await
}

/// Any user.
pub(crate) async fn any(db: &impl ConnectionTrait) -> Result<Option<Model>> {
    Entity::find().order_by_asc(Column::Id).limit(1).one(db).await.map_err(map)
}

/// Enabled users that have the word `role` among their bindings, locked in one order so that two changes of them
/// wait for each other instead of deadlocking.
pub(crate) async fn lock_enabled_with(db: &impl ConnectionTrait, role: &str) -> Result<Vec<Model>> {
    Entity::find()
        .filter(Column::Enabled.eq(true))
        .filter(Column::Roles.contains(format!("\"{role}\"")))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(db)
        .await
        .map_err(map)
}

pub(crate) async fn page(db: &impl ConnectionTrait, limit: u64, after: Option<Cursor>) -> Result<Page<Model>> {
    let query = paged(Entity::find(), Column::Id, Order::Asc, limit, after.as_ref());
    let rows = query.all(db).await.map_err(map)?;
    Ok(Page::from_surplus(rows, limit, |r| Cursor::by_id(r.id)))
}
