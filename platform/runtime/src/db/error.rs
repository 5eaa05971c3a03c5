//! Database failures in the house's words.

use nqba_core::{Error, Result};
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// Maps a database failure: a lock or a lost connection may be tried again, a full disk is said, all else is ours.
#[must_use]
#[allow(clippy::needless_pass_by_value, reason = "used as a function in map_err")]
pub fn map(error: DbErr) -> Error {
    let text = error.to_string();
    let says = |word: &str| text.contains(word);
    if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
        return Error::conflict("A record with this name or id exists already.").because(text);
    }
    if matches!(error.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_))) {
        return Error::conflict("Another record refers to this one, or the one referred to is gone.").because(text);
    }
    if says("database is locked") || says("could not serialize") || says("deadlock detected") {
        return Error::unavailable("The database is busy; nothing was changed. Try again.", text);
    }
    if says("disk is full") || says("No space left") || says("disk I/O error") {
        return Error::unavailable("The disk is full or failing; nothing was changed.", text);
    }
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => {
            Error::unavailable("The database does not answer; nothing was changed. Try again.", text)
        }
        DbErr::Exec(RuntimeErr::SqlxError(_)) | DbErr::Query(RuntimeErr::SqlxError(_))
            if says("connection") || says("terminating") || says("shutting down") || says("closed") =>
        {
            Error::unavailable("The database went away; try again.", text)
        }
        _ => Error::internal(text),
    }
}

/// Whether the failure is a unique key that is taken.
pub fn is_unique_violation<T>(result: &Result<T, DbErr>) -> bool {
    matches!(result, Err(e) if matches!(e.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))))
}
