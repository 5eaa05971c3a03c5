//! Revocations that may still concern a living token.

use chrono::{DateTime, Utc};
use nqba_contracts::identity::AccessRevoked;
use nqba_core::Result;
use nqba_runtime::db::map;
use sea_orm::{ActiveValue::Set, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revocations")]
pub struct Model {
    /// The event's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub subject: Uuid,
    pub session: Option<Uuid>,
    pub not_before: DateTime<Utc>,
    pub reason: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Writes one.
pub(crate) async fn insert(db: &impl ConnectionTrait, event: Uuid, revoked: &AccessRevoked) -> Result<()> {
    let row = ActiveModel {
        id: Set(event),
        subject: Set(revoked.subject),
        session: Set(revoked.session),
        not_before: Set(revoked.not_before),
        reason: Set(revoked.reason.clone()),
    };
    Entity::insert(row).exec_without_returning(db).await.map_err(map)?;
    Ok(())
}

/// All since then.
pub(crate) async fn since(db: &impl ConnectionTrait, moment: DateTime<Utc>) -> Result<Vec<AccessRevoked>> {
    let rows = Entity::find().filter(Column::NotBefore.gte(moment)).all(db).await.map_err(map)?;
    let wire =
        |r: Model| AccessRevoked { subject: r.subject, session: r.session, not_before: r.not_before, reason: r.reason };
    Ok(rows.into_iter().map(wire).collect())
}

/// Removes those before.
pub(crate) async fn prune(db: &impl ConnectionTrait, moment: DateTime<Utc>) -> Result<()> {
    Entity::delete_many().filter(Column::NotBefore.lt(moment)).exec(db).await.map_err(map)?;
    Ok(())
}
