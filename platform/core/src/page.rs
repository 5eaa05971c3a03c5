//! Lists are read page by page with an opaque cursor.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// One page of a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Page<T> {
    /// The items, in the documented order.
    pub items: Vec<T>,
    /// Give this as `cursor` to read on; absent at the end.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page from `limit + 1` rows read: the surplus row only says that there is more.
    pub fn from_surplus(mut items: Vec<T>, limit: u64, key: impl Fn(&T) -> Cursor) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = if more { items.last().map(|i| key(i).encode()) } else { None };
        Self { items, next_cursor }
    }

    /// The same page of other things.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next_cursor: self.next_cursor }
    }
}

/// `?limit=&cursor=`. The limit is 1 to 200, 50 unless told.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// How many items at most.
    pub limit: Option<u64>,
    /// Where to read on.
    pub cursor: Option<String>,
}

impl PageQuery {
    /// The largest page.
    pub const MAX: u64 = 200;

    /// The limit, checked.
    ///
    /// # Errors
    /// `invalid` when it is 0 or above [`Self::MAX`].
    pub fn limit(&self) -> Result<u64> {
        match self.limit {
            None => Ok(50),
            Some(n) if (1..=Self::MAX).contains(&n) => Ok(n),
            Some(n) => {
                Err(Error::invalid("?limit", "out_of_range", format!("limit is {n}; it may be 1 to {}.", Self::MAX)))
            }
        }
    }

    /// The cursor, decoded.
    ///
    /// # Errors
    /// `invalid` when it is not one of ours.
    pub fn cursor(&self) -> Result<Option<Cursor>> {
        self.cursor.as_deref().map(Cursor::decode).transpose()
    }
}

/// Where a page ended: the sort key and the id of its last item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The last item's sort key as text (may be empty when the list is sorted by id).
    pub key: String,
    /// The last item's id.
    pub id: uuid::Uuid,
}

impl Cursor {
    /// Cursor of a list sorted by id alone.
    #[must_use]
    pub fn by_id(id: uuid::Uuid) -> Self {
        Self { key: String::new(), id }
    }

    /// As text for the wire.
    #[must_use]
    pub fn encode(&self) -> String {
        format!("{}.{}", self.id.simple(), hex(self.key.as_bytes()))
    }

    /// From the wire.
    ///
    /// # Errors
    /// `invalid` when the text is not one of ours.
    pub fn decode(text: &str) -> Result<Self> {
        let bad = || Error::invalid("?cursor", "unknown_cursor", "This cursor is not one that a list answered.");
        let (id, key) = text.split_once('.').ok_or_else(bad)?;
        let id = uuid::Uuid::try_parse(id).map_err(|_| bad())?;
        let key = unhex(key).and_then(|b| String::from_utf8(b).ok()).ok_or_else(bad)?;
        Ok(Self { key, id })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) || text.len() > 1024 {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        let c = Cursor { key: "Zürich/7".into(), id: crate::new_id() };
        assert_eq!(Cursor::decode(&c.encode()).unwrap(), c);
    }

    #[test]
    fn a_foreign_cursor_is_refused_not_a_panic() {
        for t in ["", ".", "x", "0.0", "ü.ü", "00000000000000000000000000000000.zz"] {
            assert_eq!(Cursor::decode(t).unwrap_err().code(), crate::Code::Invalid, "{t}");
        }
    }

    #[test]
    fn the_surplus_row_becomes_the_cursor() {
        let ids: Vec<_> = (0..3).map(|_| crate::new_id()).collect();
        let p = Page::from_surplus(ids.clone(), 2, |i| Cursor::by_id(*i));
        assert_eq!(p.items, ids[..2]);
        assert_eq!(Cursor::decode(p.next_cursor.as_deref().unwrap()).unwrap().id, ids[1]);
        assert!(Page::from_surplus(ids, 3, |i| Cursor::by_id(*i)).next_cursor.is_none());
    }
}
