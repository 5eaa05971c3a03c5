//! The embedded bus's log and ledger: every event once, and one row per event and subscriber.

use crate::db::{Db, Migrations, map};
use chrono::{DateTime, Utc};
use nqba_core::{Envelope, Error, Result};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, OnConflict},
};
use sea_orm_migration::prelude::*;
use std::time::Duration;

/// The log.
pub mod events {
    use chrono::{DateTime, Utc};
    use sea_orm::entity::prelude::*;

    /// A recorded event.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "events")]
    pub struct Model {
        /// Position in the log; the `id:` of the live stream.
        #[sea_orm(primary_key)]
        pub offset: i64,
        /// The event's id.
        #[sea_orm(unique)]
        pub id: Uuid,
        /// Its type.
        pub kind: String,
        /// Who stated it.
        pub source: String,
        /// What it is about.
        pub subject: String,
        /// The chain it belongs to.
        pub correlation_id: Uuid,
        /// What caused it.
        pub causation_id: Option<Uuid>,
        /// The envelope as JSON.
        #[sea_orm(column_type = "Text")]
        pub envelope: String,
        /// When the bus took it.
        pub recorded_at: DateTime<Utc>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    #[allow(missing_docs, reason = "no relations")]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What is owed to whom.
pub mod deliveries {
    use chrono::{DateTime, Utc};
    use sea_orm::entity::prelude::*;

    /// One event for one subscriber.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "deliveries")]
    pub struct Model {
        /// Order of delivery.
        #[sea_orm(primary_key)]
        pub seq: i64,
        /// The event.
        pub event_id: Uuid,
        /// The subscriber.
        pub subscriber: String,
        /// Order is kept within a key.
        pub partition_key: String,
        /// `pending`, `done` or `dead`.
        pub state: String,
        /// Failures so far.
        pub attempts: i32,
        /// Not before.
        pub next_at: DateTime<Utc>,
        /// Why it failed last.
        #[sea_orm(column_type = "Text", nullable)]
        pub last_error: Option<String>,
        /// When it was done or given up.
        pub ended_at: Option<DateTime<Utc>>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    #[allow(missing_docs, reason = "no relations")]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) const PENDING: &str = "pending";
pub(super) const DONE: &str = "done";
pub(super) const DEAD: &str = "dead";

/// An event in the log.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Position in the log.
    pub offset: i64,
    /// The event.
    pub envelope: Envelope,
}

/// What is owed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Deliveries that wait.
    pub pending: u64,
    /// Deliveries given up.
    pub dead: u64,
}

pub(super) fn migrations() -> Migrations {
    vec![Box::new(Initial)]
}

struct Initial;

impl MigrationName for Initial {
    fn name(&self) -> &'static str {
        "m2026_11_24_000002_bus"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Initial {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let schema = sea_orm::Schema::new(manager.get_database_backend());
        manager.create_table(schema.create_table_from_entity(events::Entity)).await?;
        manager.create_table(schema.create_table_from_entity(deliveries::Entity)).await?;
        let deliveries = |name: &str| Index::create().name(name).table("deliveries").to_owned();
        manager.create_index(deliveries("deliveries_due").col("subscriber").col("state").col("seq").to_owned()).await?;
        manager.create_index(deliveries("deliveries_once").unique().col("event_id").col("subscriber").to_owned()).await
    }
}

/// Writes events that are not yet in the log, and what is owed of them, in one transaction. Answers the new ones.
pub(super) async fn append(
    db: &Db,
    events: Vec<Envelope>,
    wanted: impl Fn(&Envelope) -> Vec<&'static str>,
) -> Result<Vec<Recorded>> {
    let tx = db.begin().await?;
    let now = tx.now();
    let mut recorded = Vec::with_capacity(events.len());
    let mut owed = Vec::new();
    for envelope in events {
        let row = events::ActiveModel {
            offset: NotSet,
            id: Set(envelope.id),
            kind: Set(envelope.kind.clone()),
            source: Set(envelope.source.clone()),
            subject: Set(envelope.subject.clone()),
            correlation_id: Set(envelope.correlationid),
            causation_id: Set(envelope.causationid),
            envelope: Set(serde_json::to_string(&envelope).map_err(Error::internal)?),
            recorded_at: Set(now),
        };
        let known = events::Entity::find().filter(events::Column::Id.eq(envelope.id)).count(&*tx).await.map_err(map)?;
        if known > 0 {
            continue;
        }
        let offset = events::Entity::insert(row).exec(&*tx).await.map_err(map)?.last_insert_id;
        owed.extend(wanted(&envelope).into_iter().map(|subscriber| deliveries::ActiveModel {
            seq: NotSet,
            event_id: Set(envelope.id),
            subscriber: Set(subscriber.to_owned()),
            partition_key: Set(envelope.partitionkey.clone()),
            state: Set(PENDING.to_owned()),
            attempts: Set(0),
            next_at: Set(now),
            last_error: Set(None),
            ended_at: Set(None),
        }));
        recorded.push(Recorded { offset, envelope });
    }
    if !owed.is_empty() {
        deliveries::Entity::insert_many(owed)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(&*tx)
            .await
            .map_err(map)?;
    }
    tx.commit().await?;
    Ok(recorded)
}

/// Pending deliveries of a subscriber, oldest first, also those that are not due yet (they hold their key back).
pub(super) async fn pending(
    db: &impl ConnectionTrait,
    subscriber: &str,
    limit: u64,
) -> Result<Vec<(deliveries::Model, Envelope)>> {
    let rows = deliveries::Entity::find()
        .filter(deliveries::Column::Subscriber.eq(subscriber))
        .filter(deliveries::Column::State.eq(PENDING))
        .order_by_asc(deliveries::Column::Seq)
        .limit(limit)
        .all(db)
        .await
        .map_err(map)?;
    let ids: Vec<_> = rows.iter().map(|r| r.event_id).collect();
    let mut envelopes: std::collections::HashMap<_, _> = events::Entity::find()
        .filter(events::Column::Id.is_in(ids))
        .all(db)
        .await
        .map_err(map)?
        .into_iter()
        .map(|e| (e.id, e.envelope))
        .collect();
    rows.into_iter()
        .filter_map(|row| envelopes.remove(&row.event_id).map(|e| (row, e)))
        .map(|(row, text)| Ok((row, serde_json::from_str(&text).map_err(Error::internal)?)))
        .collect()
}

/// The delivery's effect is committed.
pub(super) async fn done(db: &Db, seq: i64) -> Result<()> {
    let tx = db.begin().await?;
    deliveries::Entity::update_many()
        .col_expr(deliveries::Column::State, Expr::value(DONE))
        .col_expr(deliveries::Column::EndedAt, Expr::value(Some(tx.now())))
        .filter(deliveries::Column::Seq.eq(seq))
        .exec(&*tx)
        .await
        .map_err(map)?;
    tx.commit().await
}

/// Not now, without counting a failure.
pub(super) async fn postpone(db: &Db, seq: i64, pause: Duration) -> Result<()> {
    let tx = db.begin().await?;
    deliveries::Entity::update_many()
        .col_expr(deliveries::Column::NextAt, Expr::value(later(tx.now(), pause)))
        .filter(deliveries::Column::Seq.eq(seq))
        .exec(&*tx)
        .await
        .map_err(map)?;
    tx.commit().await
}

/// The delivery failed: tried again after a pause, or dead.
pub(super) async fn failed(db: &Db, row: &deliveries::Model, max_attempts: i32, error: &Error) -> Result<bool> {
    let attempts = row.attempts + 1;
    let dead = attempts >= max_attempts;
    let pause = Duration::from_millis(200u64.saturating_mul(1 << attempts.clamp(0, 12))).min(Duration::from_secs(300));
    let tx = db.begin().await?;
    let mut update = deliveries::Entity::update_many()
        .col_expr(deliveries::Column::Attempts, Expr::value(attempts))
        .col_expr(deliveries::Column::NextAt, Expr::value(later(tx.now(), pause)))
        .col_expr(deliveries::Column::LastError, Expr::value(Some(error.to_string())));
    if dead {
        update = update
            .col_expr(deliveries::Column::State, Expr::value(DEAD))
            .col_expr(deliveries::Column::EndedAt, Expr::value(Some(tx.now())));
    }
    update.filter(deliveries::Column::Seq.eq(row.seq)).exec(&*tx).await.map_err(map)?;
    tx.commit().await?;
    Ok(dead)
}

pub(super) async fn read_after(db: &impl ConnectionTrait, offset: i64, limit: u64) -> Result<Vec<Recorded>> {
    let rows = events::Entity::find()
        .filter(events::Column::Offset.gt(offset))
        .order_by_asc(events::Column::Offset)
        .limit(limit)
        .all(db)
        .await
        .map_err(map)?;
    rows.into_iter()
        .map(|r| {
            Ok(Recorded { offset: r.offset, envelope: serde_json::from_str(&r.envelope).map_err(Error::internal)? })
        })
        .collect()
}

pub(super) async fn head(db: &impl ConnectionTrait) -> Result<i64> {
    let last = events::Entity::find().order_by_desc(events::Column::Offset).one(db).await.map_err(map)?;
    Ok(last.map_or(0, |e| e.offset))
}

pub(super) async fn backlog(db: &impl ConnectionTrait) -> Result<Backlog> {
    let count = |state| deliveries::Entity::find().filter(deliveries::Column::State.eq(state)).count(db);
    Ok(Backlog { pending: count(PENDING).await.map_err(map)?, dead: count(DEAD).await.map_err(map)? })
}

/// Removes events and finished deliveries older than `before`; what is pending or dead stays with its event.
pub(super) async fn prune(db: &Db, before: DateTime<Utc>) -> Result<u64> {
    let tx = db.begin().await?;
    deliveries::Entity::delete_many()
        .filter(deliveries::Column::State.eq(DONE))
        .filter(deliveries::Column::EndedAt.lt(before))
        .exec(&*tx)
        .await
        .map_err(map)?;
    let owed = deliveries::Entity::find().select_only().column(deliveries::Column::EventId).into_query();
    let gone = events::Entity::delete_many()
        .filter(events::Column::RecordedAt.lt(before))
        .filter(events::Column::Id.not_in_subquery(owed))
        .exec(&*tx)
        .await
        .map_err(map)?;
    tx.commit().await?;
    Ok(gone.rows_affected)
}

fn later(now: DateTime<Utc>, pause: Duration) -> DateTime<Utc> {
    now + chrono::TimeDelta::from_std(pause).unwrap_or(chrono::TimeDelta::MAX)
}
