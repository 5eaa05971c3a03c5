//! The whole system through the real binary: a server per test, its own data folder, spoken to over HTTP only.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "tests fail loudly")]
#![allow(unreachable_pub, missing_docs, clippy::needless_pass_by_value, reason = "a test has no callers")]

mod cli;
mod client;
mod crash;
mod examples;
mod faults;
mod flow;
mod generated;
mod limits;
mod nonsense;
mod operations;
mod support;
mod tokens;

/// Writes a test once and runs it on both databases.
macro_rules! on_both {
    ($name:ident, $test:path) => {
        mod $name {
            use super::*;
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                $test(crate::support::Place::sqlite()).await;
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                $test(crate::support::Place::postgres().await).await;
            }
        }
    };
}
pub(crate) use on_both;
