//! Audit records: written when a changing call begins, completed when it ends, never changed after.

use chrono::{DateTime, Utc};
use nqba_core::{Cursor, Page, Result};
use nqba_runtime::db::{map, paged};
use sea_orm::{ActiveValue::Set, IntoActiveModel, Order, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_records")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub time: DateTime<Utc>,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub operation: String,
    pub method: String,
    #[sea_orm(column_type = "Text")]
    pub path: String,
    pub permission: Option<String>,
    pub request_id: String,
    pub client_ip: String,
    /// `open`, `succeeded`, `refused` or `failed`.
    pub outcome: String,
    pub status: Option<i32>,
    pub duration_ms: Option<f64>,
    /// JSON.
    #[sea_orm(column_type = "Text", nullable)]
    pub request: Option<String>,
    /// JSON.
    #[sea_orm(column_type = "Text", nullable)]
    pub before: Option<String>,
    /// JSON.
    #[sea_orm(column_type = "Text", nullable)]
    pub after: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// How a call ended.
#[derive(Debug, Clone)]
pub(crate) struct Ending {
    pub(crate) id: Uuid,
    pub(crate) outcome: &'static str,
    pub(crate) status: Option<u16>,
    pub(crate) duration_ms: f64,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

/// Which records.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) actor_id: Option<Uuid>,
    pub(crate) operation: Option<String>,
    pub(crate) outcome: Option<String>,
}

/// Writes the rows of calls that begin.
pub(crate) async fn open(db: &impl ConnectionTrait, rows: Vec<Model>) -> Result<()> {
    let rows = rows.into_iter().map(IntoActiveModel::into_active_model).map(ActiveModel::reset_all);
    Entity::insert_many(rows).exec_without_returning(db).await.map_err(map)?;
    Ok(())
}

/// Completes the row of a call that has ended.
pub(crate) async fn close(db: &impl ConnectionTrait, ending: &Ending) -> Result<()> {
    let change = ActiveModel {
        id: Set(ending.id),
        outcome: Set(ending.outcome.to_owned()),
        status: Set(ending.status.map(i32::from)),
        duration_ms: Set(Some(ending.duration_ms)),
        before: Set(ending.before.clone()),
        after: Set(ending.after.clone()),
        ..Default::default()
    };
    Entity::update_many().set(change).filter(Column::Id.eq(ending.id)).exec(db).await.map_err(map)?;
    Ok(())
}

/// A page of records, newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    filter: &Filter,
    after: Option<&Cursor>,
    limit: u64,
) -> Result<Page<Model>> {
    let mut query = Entity::find();
    if let Some(actor) = filter.actor_id {
        query = query.filter(Column::ActorId.eq(actor));
    }
    if let Some(operation) = &filter.operation {
        query = query.filter(Column::Operation.eq(operation));
    }
    if let Some(outcome) = &filter.outcome {
        query = query.filter(Column::Outcome.eq(outcome));
    }
    let query = paged(query, Column::Id, Order::Desc, limit, after);
    let rows = query.all(db).await.map_err(map)?;
    Ok(Page::from_surplus(rows, limit, |r| Cursor::by_id(r.id)))
}
