//! One service on every backend and through both mounts.
//!
//! A test is written once and runs as four: SQLite and PostgreSQL, in process and over TCP. A combination that cannot
//! run fails; it is never skipped in silence.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test kit fails loudly")]
#![allow(clippy::disallowed_methods, reason = "it reads the environment, and starts servers before any runtime")]

pub mod postgres;
mod service;

pub use service::{Answer, Case, Harness};

use nqba_core::{Actor, ActorKind, Ctx, Permission, RoleBinding};
use nqba_runtime::{Runtime, backend::DatabaseUrl, bus::Bus, config::Settings, db::DbOptions};
use std::sync::Arc;
use tempfile::TempDir;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Where the databases are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// Files in a temporary folder.
    Sqlite,
    /// A database of its own on a real server.
    Postgres,
}

/// How the service is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mounting {
    /// In process.
    Local,
    /// Over TCP.
    Remote,
}

/// A runtime with its own empty databases; they go with it.
pub struct TestRuntime {
    /// The runtime.
    pub runtime: Runtime,
    dir: TempDir,
    _database: Option<postgres::Database>,
}

impl TestRuntime {
    /// A new runtime on the backend.
    pub async fn new(backend: Backend) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let flags = [("data.dir", serde_json::json!(dir.path()))];
        let settings = Settings::load(None, std::iter::empty(), &flags).unwrap();
        let (url, database) = match backend {
            Backend::Sqlite => (DatabaseUrl::Sqlite { dir: dir.path().to_owned() }, None),
            Backend::Postgres => {
                let database = postgres::Database::create().await;
                (DatabaseUrl::Postgres { url: database.url.clone() }, Some(database))
            }
        };
        let databases = DbOptions { url, max_connections: 4 };
        let clock = Arc::new(nqba_core::SystemClock);
        let bus = Bus::open(&databases, clock.clone()).await.unwrap();
        let runtime = Runtime {
            settings: Arc::new(settings),
            clock,
            databases,
            bus,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        Self { runtime, dir, _database: database }
    }

    /// The data folder.
    #[must_use]
    pub fn dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Stops what runs, as a shutdown would.
    pub async fn stop(&self) {
        self.runtime.stop.cancel();
        self.runtime.tasks.close();
        self.runtime.tasks.wait().await;
    }
}

/// A context as the gateway makes it for somebody with this role, for an operation with this permission.
///
/// # Panics
/// When the scope is none.
#[must_use]
pub fn acting(role: &str, scope: &str, permission: &'static str) -> Ctx {
    let permission = Permission::of(permission);
    let roles = vec![RoleBinding { role: role.to_owned(), scope: scope.parse().expect("a scope") }];
    let mut ctx = Ctx::system(nqba_core::now_us() + chrono::TimeDelta::seconds(30));
    ctx.actor = Actor { id: uuid::Uuid::from_u128(7), kind: ActorKind::User, session: Some(uuid::Uuid::from_u128(8)) };
    ctx.scopes = nqba_contracts::roles::scopes_of(&roles, &permission);
    ctx.roles = roles;
    ctx.permission = Some(permission);
    ctx
}

/// Writes a test once and runs it on every backend and through both mounts.
///
/// ```ignore
/// nqba_testkit::everywhere!(a_site_comes_back_as_it_went, start, |h| async move { … });
/// ```
#[macro_export]
macro_rules! everywhere {
    ($name:ident, $start:path, |$h:ident| $body:expr) => {
        mod $name {
            use super::*;
            async fn test($h: $crate::Harness) {
                $body.await;
            }
            $crate::everywhere!(@case sqlite_local, $start, Sqlite, Local);
            $crate::everywhere!(@case sqlite_remote, $start, Sqlite, Remote);
            $crate::everywhere!(@case postgres_local, $start, Postgres, Local);
            $crate::everywhere!(@case postgres_remote, $start, Postgres, Remote);
        }
    };
    (@case $case:ident, $start:path, $backend:ident, $mounting:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            let case = $crate::Case { backend: $crate::Backend::$backend, mounting: $crate::Mounting::$mounting };
            let harness = $crate::Harness::start(case, |rt| Box::pin(async move { $start(&rt).await })).await;
            test(harness.clone()).await;
            harness.end().await;
        }
    };
}
