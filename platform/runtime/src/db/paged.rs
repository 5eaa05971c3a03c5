//! Lists read page by page, by id: ids are ordered by time, so a page begins where the last one ended.

use nqba_core::Cursor;
use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select};

/// The rows after the cursor in that order, and one more than the limit: it tells that there is more
/// (`Page::from_surplus`).
#[must_use]
pub fn paged<E: EntityTrait>(
    query: Select<E>,
    id: E::Column,
    order: Order,
    limit: u64,
    after: Option<&Cursor>,
) -> Select<E> {
    let beyond = after.map(|cursor| if order == Order::Desc { id.lt(cursor.id) } else { id.gt(cursor.id) });
    let query = query.order_by(id, order).limit(limit + 1);
    match beyond {
        Some(beyond) => query.filter(beyond),
        None => query,
    }
}
