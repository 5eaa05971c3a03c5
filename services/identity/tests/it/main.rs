//! Identity through its real router, on both databases and through both mounts.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails loudly")]

mod api_keys;
mod introspections;
mod me;
mod roles;
mod sessions;
mod signing_keys;
mod spec;
mod support;
mod users;
mod vault;
