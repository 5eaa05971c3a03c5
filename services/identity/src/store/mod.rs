//! Identity's tables and their queries.

pub(crate) mod api_keys;
pub(crate) mod sessions;
pub(crate) mod signing_keys;
pub(crate) mod users;

use nqba_runtime::db::Migrations;
use sea_orm_migration::prelude::*;

pub(crate) fn migrations() -> Migrations {
    vec![Box::new(Initial)]
}

struct Initial;

impl MigrationName for Initial {
    fn name(&self) -> &'static str {
        "m2026_11_24_000010_identity"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Initial {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let schema = sea_orm::Schema::new(manager.get_database_backend());
        manager.create_table(schema.create_table_from_entity(users::Entity)).await?;
        manager.create_table(schema.create_table_from_entity(sessions::Entity)).await?;
        manager.create_table(schema.create_table_from_entity(sessions::failures::Entity)).await?;
        manager.create_table(schema.create_table_from_entity(api_keys::Entity)).await?;
        manager.create_table(schema.create_table_from_entity(signing_keys::Entity)).await?;
        for index in [
            Index::create().name("sessions_by_user").table("sessions").col("user_id").to_owned(),
            Index::create().name("api_keys_by_maker").table("api_keys").col("created_by").to_owned(),
            Index::create()
                .name("failures_by_account")
                .table("sign_in_failures")
                .col("email_hash")
                .col("at")
                .to_owned(),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
