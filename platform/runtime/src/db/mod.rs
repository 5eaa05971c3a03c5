//! One database per service: a SQLite file or a PostgreSQL schema. The only place that knows which.
//!
//! SQLite: WAL, one writing connection, `BEGIN IMMEDIATE`, commits synced to disk. PostgreSQL: one pool.

mod error;
mod paged;
mod tables;
mod tx;
mod unique;

pub use error::{is_unique_violation, map};
pub use paged::paged;
pub use tables::{idempotency, inbox, jobs, outbox};
pub use tx::Tx;
pub use unique::Unique;

use crate::{backend::DatabaseUrl, bus::Outbox};
use nqba_core::{Clock, Error, Result};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};
use sea_orm_migration::{MigrationTrait, MigratorTraitSelf};
use std::{path::PathBuf, sync::Arc, time::Duration};

/// How long a writer waits for another process that holds the SQLite file.
const BUSY_TIMEOUT_MS: u32 = 5_000;

/// Migrations of a service; the platform's own tables are added by [`Db::open`].
pub type Migrations = Vec<Box<dyn MigrationTrait>>;

/// A service's database.
#[derive(Clone)]
pub struct Db {
    name: Arc<str>,
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    clock: Arc<dyn Clock>,
    outbox: Outbox,
}

/// Where databases are opened.
#[derive(Debug, Clone)]
pub struct DbOptions {
    /// SQLite folder or PostgreSQL server.
    pub url: DatabaseUrl,
    /// Connections per service to PostgreSQL, or readers of a SQLite file.
    pub max_connections: u32,
}

struct Migrator(fn() -> Migrations, Migrations2);
type Migrations2 = fn() -> Migrations;

#[async_trait::async_trait]
impl MigratorTraitSelf for Migrator {
    fn migrations(&self) -> Migrations {
        let mut all = (self.0)();
        all.extend((self.1)());
        all
    }
}

impl Db {
    /// Opens the service's database, creates it if it is new, and brings its schema up to date.
    ///
    /// # Errors
    /// When the file or server cannot be reached, or a migration fails.
    pub async fn open(
        name: &str,
        options: &DbOptions,
        migrations: fn() -> Migrations,
        clock: Arc<dyn Clock>,
        outbox: Outbox,
    ) -> Result<Self> {
        let (reader, writer) = match &options.url {
            DatabaseUrl::Sqlite { dir } => open_sqlite(dir.join(format!("{name}.db")), options.max_connections).await?,
            DatabaseUrl::Postgres { url } => {
                let pool = open_postgres(url, name, options.max_connections).await?;
                (pool.clone(), pool)
            }
        };
        let db = Self { name: name.into(), reader, writer, clock, outbox };
        Migrator(tables::migrations, migrations)
            .up(&db.writer, None)
            .await
            .map_err(|e| Error::internal(format!("migrating the database `{name}`: {e}")))?;
        Ok(db)
    }

    /// The service's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// For queries. On SQLite these run beside the one writer.
    #[must_use]
    pub fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// The clock that stamps rows.
    #[must_use]
    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.clock.now()
    }

    /// Begins a writing transaction. Dropping it rolls back.
    ///
    /// # Errors
    /// `unavailable` when the database cannot be had in time.
    pub async fn begin(&self) -> Result<Tx> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let inner = self.writer.begin_with_options(options).await.map_err(map)?;
        Ok(Tx::new(inner, self.clone()))
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// `unavailable` when it does not.
    pub async fn ping(&self) -> Result<()> {
        self.reader.ping().await.map_err(map)
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }
}

/// Held while a server runs: whoever else asks meanwhile is refused. Ends with the process, however that ends.
#[derive(Debug)]
pub struct ServerLock {
    _held: Held,
}

#[derive(Debug)]
enum Held {
    File { _file: std::fs::File },
    Session { _connection: DatabaseConnection },
}

/// The number by which servers know each other's lock: "nqba" in ASCII.
const LOCK_KEY: i64 = 0x6e71_6261;
/// A server that was killed is noticed by the database within this time.
const LOCK_WAIT: Duration = Duration::from_secs(5);

impl ServerLock {
    /// Takes the lock of this database: a file in the folder, or an advisory lock of the PostgreSQL database.
    ///
    /// # Errors
    /// `conflict` when another server has it; `unavailable` when it cannot be asked for.
    pub async fn take(options: &DbOptions) -> Result<Self> {
        let held = match &options.url {
            DatabaseUrl::Sqlite { dir } => lock_folder(dir)?,
            DatabaseUrl::Postgres { url } => lock_database(url).await?,
        };
        Ok(Self { _held: held })
    }
}

fn lock_folder(dir: &std::path::Path) -> Result<Held> {
    let path = dir.join("nqba.lock");
    let file = std::fs::File::create(&path)
        .map_err(|e| Error::unavailable(format!("{} cannot be written.", path.display()), e))?;
    file.try_lock().map_err(|e| {
        let text = format!(
            "Another server uses the data folder {}; stop it, or give this one its own --data-dir.",
            dir.display()
        );
        Error::conflict(text).because(e)
    })?;
    Ok(Held::File { _file: file })
}

async fn lock_database(url: &str) -> Result<Held> {
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(1)
        .min_connections(1)
        // The lock lives as long as its connection.
        .idle_timeout(None)
        .max_lifetime(None)
        .sqlx_logging(false)
        .set_application_name("nqba-lock");
    let open = |e| Error::unavailable("The PostgreSQL server cannot be reached; check database.url.", e);
    let connection = Database::connect(options).await.map_err(open)?;
    let ask = format!("SELECT pg_try_advisory_lock({LOCK_KEY}) AS taken");
    let until = tokio::time::Instant::now() + LOCK_WAIT;
    loop {
        let row =
            connection.query_one_raw(Statement::from_string(DbBackend::Postgres, ask.clone())).await.map_err(map)?;
        if row.and_then(|r| r.try_get::<bool>("", "taken").ok()) == Some(true) {
            return Ok(Held::Session { _connection: connection });
        }
        if tokio::time::Instant::now() >= until {
            let text = "Another server uses this PostgreSQL database; stop it, or give this one its own database.";
            return Err(Error::conflict(text));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn open_sqlite(path: PathBuf, readers: u32) -> Result<(DatabaseConnection, DatabaseConnection)> {
    let text = path.to_str().ok_or_else(|| Error::internal("the data folder's name is not UTF-8"))?.to_owned();
    if let Some(dir) = path.parent() {
        tokio::fs::create_dir_all(dir)
            .await
            .map_err(|e| Error::unavailable(format!("The data folder {} cannot be made.", dir.display()), e))?;
    }
    let connect = |max: u32| {
        let mut options = ConnectOptions::new(format!("sqlite://{text}?mode=rwc"));
        options
            .max_connections(max)
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(10))
            // A file does not hang up: asking it before every query would double the cost of a read.
            .test_before_acquire(false)
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(|o| {
                o.pragma("journal_mode", "WAL")
                    .pragma("synchronous", "FULL")
                    .pragma("busy_timeout", BUSY_TIMEOUT_MS.to_string())
                    .pragma("foreign_keys", "ON")
                    .pragma("cache_size", "-4096")
                    .pragma("journal_size_limit", "16777216")
            });
        Database::connect(options)
    };
    let open = |e| Error::unavailable(format!("The database {text} cannot be opened."), e);
    let writer = connect(1).await.map_err(open)?;
    let reader = connect(readers.clamp(1, 8)).await.map_err(open)?;
    Ok((reader, writer))
}

async fn open_postgres(url: &str, schema: &str, max: u32) -> Result<DatabaseConnection> {
    let connect = |schema: Option<String>, max: u32| {
        let mut options = ConnectOptions::new(url.to_owned());
        options
            .max_connections(max)
            .acquire_timeout(Duration::from_secs(10))
            .sqlx_logging(false)
            .set_application_name("nqba");
        if let Some(schema) = schema {
            options.set_schema_search_path(schema);
        }
        Database::connect(options)
    };
    let open = |e| Error::unavailable("The PostgreSQL server cannot be reached; check database.url.", e);
    let first = connect(None, 1).await.map_err(open)?;
    // The schema's name is the service's, a constant of ours; it needs no escaping beyond the quotes.
    let create = Statement::from_string(DbBackend::Postgres, format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\""));
    first.execute_raw(create).await.map_err(map)?;
    first.close().await.map_err(map)?;
    connect(Some(schema.to_owned()), max.max(2)).await.map_err(open)
}

impl Db {
    /// Begins the transaction in which a consumer takes an event in: `None` when its effect is there already.
    ///
    /// # Errors
    /// As [`Db::begin`].
    pub async fn begin_consume(&self, consumer: &str, event_id: uuid::Uuid) -> Result<Option<Tx>> {
        let tx = self.begin().await?;
        if tx.first_effect(consumer, event_id).await? { Ok(Some(tx)) } else { Ok(None) }
    }
}
