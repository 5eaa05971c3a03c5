//! The peer of the gateway benchmark: one record from the same database, by a server that does nothing else.
//!
//! `bare_server FOLDER ADDR` serves `GET /api/v1/energy/tariffs/{id}` and `GET /api/v1/energy/sites/{id}` from
//! `FOLDER/energy.db`, each by one query.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs, reason = "a benchmark")]

use axum::{Json, Router, extract::Path, extract::State, http::StatusCode, routing::get};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait, FromQueryResult, JsonValue,
    Statement,
};
use serde_json::{Value, json};
use uuid::Uuid;

#[allow(unreachable_pub, reason = "the derive makes public items")]
mod tariffs {
    use chrono::{DateTime, Utc};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "tariffs")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub currency: String,
        pub import: String,
        pub export: Option<String>,
        pub demand_charge_per_kw_month: f64,
        pub notes: Option<String>,
        pub created_at: DateTime<Utc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

async fn read(State(db): State<DatabaseConnection>, Path(id): Path<Uuid>) -> Result<Json<Value>, StatusCode> {
    let row = tariffs::Entity::find_by_id(id).all(&db).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let row = row.into_iter().next().ok_or(StatusCode::NOT_FOUND)?;
    let price = |text: &str| serde_json::from_str::<Value>(text).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR);
    Ok(Json(json!({
        "id": row.id, "name": row.name, "currency": row.currency, "import": price(&row.import)?,
        "export": row.export.as_deref().map(price).transpose()?,
        "demand_charge_per_kw_month": row.demand_charge_per_kw_month, "notes": row.notes, "created_at": row.created_at,
    })))
}

async fn site(State(db): State<DatabaseConnection>, Path(id): Path<Uuid>) -> Result<Json<JsonValue>, StatusCode> {
    const SQL: &str = "SELECT s.name, s.team, s.time_zone, s.currency, s.lat, s.lon, s.import_max_kw, s.export_max_kw, \
        s.carbon_kg_per_kwh, s.step_s, s.notes, s.created_at, s.updated_at, s.version, \
        (SELECT COUNT(*) FROM assets a WHERE a.site_id = s.id) AS asset_count, \
        (SELECT MAX(c.last_at) FROM channels c WHERE c.site_id = s.id) AS last_reading_at FROM sites s WHERE s.id = ?";
    let ask = Statement::from_sql_and_values(DbBackend::Sqlite, SQL, [id.into()]);
    let row = db.query_one_raw(ask).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let row = row.ok_or(StatusCode::NOT_FOUND)?;
    JsonValue::from_query_result(&row, "").map(Json).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let (folder, addr) = (args.next().expect("the folder"), args.next().expect("the address"));
    let mut options = ConnectOptions::new(format!("sqlite://{folder}/energy.db?mode=ro"));
    options.max_connections(8).test_before_acquire(false).sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    let router = Router::new()
        .route("/api/v1/energy/tariffs/{id}", get(read))
        .route("/api/v1/energy/sites/{id}", get(site))
        .with_state(db);
    let listener = tokio::net::TcpListener::bind(addr).await.unwrap();
    println!("serving");
    axum::serve(listener, router).await.unwrap();
}
