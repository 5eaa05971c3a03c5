//! `nqba openapi`: the API's description, without a database or a server.

use crate::{boot, failure::Failure, terminal};

pub(super) fn print() -> Result<(), Failure> {
    terminal::say(&boot::openapi()?);
    Ok(())
}
