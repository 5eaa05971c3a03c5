//! What every service stands on: configuration, database, bus, jobs, web, mounts, telemetry.
//!
//! A service's code never knows whether it runs alone or beside the others, on SQLite or PostgreSQL.

pub mod backend;
pub mod bus;
pub mod config;
pub mod db;
pub mod idempotency;
pub mod jobs;
pub mod mount;
pub mod service;
pub mod signing;
pub mod telemetry;
pub mod web;

pub use db::{Db, Tx};
pub use service::{Check, Runtime, Service};
