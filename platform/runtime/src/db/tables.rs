//! The platform's tables, present in every service's database: outbox, inbox, idempotency, jobs.

use super::Migrations;
use sea_orm_migration::prelude::*;

/// Events that a committed change has stated and the relay has not yet passed on.
pub mod outbox {
    use chrono::{DateTime, Utc};
    use sea_orm::entity::prelude::*;

    /// One event.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "outbox")]
    pub struct Model {
        /// Order of writing.
        #[sea_orm(primary_key)]
        pub seq: i64,
        /// The event's id.
        #[sea_orm(unique)]
        pub id: Uuid,
        /// The event's type.
        pub kind: String,
        /// Order is kept within a key.
        pub partition_key: String,
        /// The envelope as JSON.
        #[sea_orm(column_type = "Text")]
        pub envelope: String,
        /// When it was stated.
        pub created_at: DateTime<Utc>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    #[allow(missing_docs, reason = "no relations")]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Events that a consumer of this database has taken effect of.
pub mod inbox {
    use chrono::{DateTime, Utc};
    use sea_orm::entity::prelude::*;

    /// One effect.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "inbox")]
    pub struct Model {
        /// The consumer.
        #[sea_orm(primary_key, auto_increment = false)]
        pub consumer: String,
        /// The event.
        #[sea_orm(primary_key, auto_increment = false)]
        pub event_id: Uuid,
        /// When.
        pub received_at: DateTime<Utc>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    #[allow(missing_docs, reason = "no relations")]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Answers given to a key, so that a repeated request is answered and not done again.
pub mod idempotency {
    use chrono::{DateTime, Utc};
    use sea_orm::entity::prelude::*;

    /// One answer.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "idempotency")]
    pub struct Model {
        /// Who asked.
        #[sea_orm(primary_key, auto_increment = false)]
        pub actor_id: Uuid,
        /// Method and path.
        #[sea_orm(primary_key, auto_increment = false)]
        pub operation: String,
        /// The key as given.
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: String,
        /// SHA-256 of the body, hex.
        pub body_sha256: String,
        /// HTTP status of the answer.
        pub status: i32,
        /// Headers of the answer, JSON object.
        #[sea_orm(column_type = "Text")]
        pub headers: String,
        /// Body of the answer.
        #[sea_orm(column_type = "VarBinary(StringLen::None)")]
        pub body: Vec<u8>,
        /// When.
        pub created_at: DateTime<Utc>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    #[allow(missing_docs, reason = "no relations")]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Long work: asked for by a request, done by a consumer of its `*.requested` event.
pub mod jobs {
    use chrono::{DateTime, Utc};
    use sea_orm::entity::prelude::*;

    /// One job.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "jobs")]
    pub struct Model {
        /// Id; also the subject of its events.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// What kind of work, e.g. `optimization`.
        pub kind: String,
        /// The record it is about, e.g. a site.
        pub subject_id: Uuid,
        /// The record's team, for scoping.
        pub team: Option<String>,
        /// `queued`, `running`, `succeeded`, `failed` or `cancelled`.
        pub status: String,
        /// 0 to 1.
        pub progress_ratio: f64,
        /// What it does at the moment.
        pub step: String,
        /// What was asked, JSON.
        #[sea_orm(column_type = "Text")]
        pub request: String,
        /// The result, JSON.
        #[sea_orm(column_type = "Text", nullable)]
        pub result: Option<String>,
        /// Totals of the result for lists, JSON.
        #[sea_orm(column_type = "Text", nullable)]
        pub summary: Option<String>,
        /// Why it failed, JSON.
        #[sea_orm(column_type = "Text", nullable)]
        pub error: Option<String>,
        /// How often a worker took it up.
        pub attempts: i32,
        /// Whether its owner no longer wants it.
        pub cancel_requested: bool,
        /// The worker that has it: a token made at each claim, so a worker that lost its claim can write nothing.
        pub worker: Option<Uuid>,
        /// Last sign of life of the worker.
        pub heartbeat_at: Option<DateTime<Utc>>,
        /// Who asked.
        pub created_by: Uuid,
        /// When it was asked for.
        pub created_at: DateTime<Utc>,
        /// When a worker took it up first.
        pub started_at: Option<DateTime<Utc>>,
        /// When it ended.
        pub ended_at: Option<DateTime<Utc>>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    #[allow(missing_docs, reason = "no relations")]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) fn migrations() -> Migrations {
    vec![Box::new(Initial)]
}

/// The first shape of the platform's tables.
struct Initial;

impl MigrationName for Initial {
    fn name(&self) -> &'static str {
        "m2026_11_24_000001_platform"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Initial {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let schema = sea_orm::Schema::new(manager.get_database_backend());
        manager.create_table(schema.create_table_from_entity(outbox::Entity)).await?;
        manager.create_table(schema.create_table_from_entity(inbox::Entity)).await?;
        manager.create_table(schema.create_table_from_entity(idempotency::Entity)).await?;
        manager.create_table(schema.create_table_from_entity(jobs::Entity)).await?;
        for index in [
            Index::create().name("jobs_by_subject").table("jobs").col("kind").col("subject_id").col("id").to_owned(),
            Index::create().name("jobs_by_status").table("jobs").col("status").col("heartbeat_at").to_owned(),
            Index::create().name("idempotency_by_age").table("idempotency").col("created_at").to_owned(),
            Index::create().name("inbox_by_age").table("inbox").col("received_at").to_owned(),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
