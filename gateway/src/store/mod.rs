//! The gateway's tables and their queries.

#![allow(unreachable_pub, reason = "the entity macro writes public types")]

pub(crate) mod records;
pub(crate) mod revocations;

use nqba_runtime::db::Migrations;
use sea_orm_migration::prelude::*;

pub(crate) fn migrations() -> Migrations {
    vec![Box::new(Initial)]
}

struct Initial;

impl MigrationName for Initial {
    fn name(&self) -> &'static str {
        "m2026_11_24_000020_gateway"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Initial {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let schema = sea_orm::Schema::new(manager.get_database_backend());
        manager.create_table(schema.create_table_from_entity(records::Entity)).await?;
        manager.create_table(schema.create_table_from_entity(revocations::Entity)).await?;
        for index in [
            Index::create().name("records_by_actor").table("audit_records").col("actor_id").col("id").to_owned(),
            Index::create().name("records_by_operation").table("audit_records").col("operation").col("id").to_owned(),
            Index::create().name("revocations_by_age").table("revocations").col("not_before").to_owned(),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
