//! The words on the wire: request, response and event types of every service, and who may do what.
//!
//! Unknown fields are refused in requests. Units are in the names. The services convert; the engines never see these.

pub mod audit;
pub mod energy;
pub mod identity;
pub mod job;
pub mod problem;
pub mod roles;

pub use job::{JobError, JobStatus};
pub use problem::Problem;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One page of a list; give `next_cursor` as `cursor` to read on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items, in the documented order.
    pub items: Vec<T>,
    /// Where to read on; null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

impl<T> From<nqba_core::Page<T>> for Page<T> {
    fn from(page: nqba_core::Page<T>) -> Self {
        Self { items: page.items, next_cursor: page.next_cursor }
    }
}
