//! The gateway in front of a made-up identity and a made-up unit, on both databases and through both mounts.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests fail loudly")]
#![allow(unreachable_pub, missing_docs, clippy::needless_pass_by_value, reason = "a test has no callers")]

mod answers;
mod api_keys;
mod audit;
mod bodies;
mod contract;
mod edge;
mod health;
mod keys;
mod limits;
mod order;
mod revocation;
mod stream;
mod tokens;
mod units;
mod world;

/// Writes a test once and runs it on both databases and through both mounts.
macro_rules! everywhere {
    ($name:ident, $test:path) => {
        mod $name {
            crate::everywhere!(@case sqlite_local, Sqlite, Local, $test);
            crate::everywhere!(@case sqlite_remote, Sqlite, Remote, $test);
            crate::everywhere!(@case postgres_local, Postgres, Local, $test);
            crate::everywhere!(@case postgres_remote, Postgres, Remote, $test);
        }
    };
    (@case $case:ident, $backend:ident, $mounting:ident, $test:path) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            let world = crate::world::Setup::new()
                .on(nqba_testkit::Backend::$backend, nqba_testkit::Mounting::$mounting)
                .start()
                .await;
            $test(&world).await;
            world.end().await;
        }
    };
}
pub(crate) use everywhere;
