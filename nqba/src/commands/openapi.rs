//! `nqba openapi`: the API's description, without a database or a server.

use crate::{boot, failure::Failure, terminal};

pub(super) fn print() -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(&boot::openapi()?).map_err(Failure::run)?;
    terminal::say(&text);
    Ok(())
}
