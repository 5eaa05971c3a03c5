//! What every other crate speaks: ids, errors, the acting context, pages, the clock and the event envelope.
//!
//! No I/O and no async here. A service can be moved to another process without this crate noticing.

mod access;
mod clock;
mod ctx;
mod error;
mod event;
mod page;

pub use access::{Permission, RoleBinding, Scope};
pub use clock::{Clock, SystemClock, now_us, truncate_us};
pub use ctx::{Actor, ActorKind, Ctx, TraceParent};
pub use error::{Code, Error, FieldError, Result};
pub use event::{Envelope, Event, EventMeta};
pub use page::{Cursor, Page, PageQuery};

/// A new time-ordered id (UUIDv7).
#[must_use]
pub fn new_id() -> uuid::Uuid {
    uuid::Uuid::now_v7()
}
