//! The unit through its real router: on SQLite and PostgreSQL, in process and over TCP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::needless_pass_by_value, missing_docs, reason = "tests")]

mod assets;
mod contract;
mod demo;
mod dispatch;
mod optimizations;
mod readings;
mod sites;
mod support;
mod tariffs;
