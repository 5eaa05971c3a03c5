//! What the gateway's own operations do.

pub(crate) mod records;
pub(crate) mod stream;

use nqba_runtime::{Db, bus::Bus};

/// What every app function is given.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) bus: Bus,
}
