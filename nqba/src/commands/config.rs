//! `nqba config`: what holds, and what could be said.

use crate::{failure::Failure, terminal};
use nqba_runtime::{backend, config};
use std::path::Path;

pub(super) fn check(file: Option<&Path>) -> Result<(), Failure> {
    let settings = super::settings(file, &Vec::new())?;
    backend::check_combination(&settings).map_err(Failure::usage)?;
    terminal::say(&settings.describe());
    Ok(())
}

pub(super) fn default() -> Result<(), Failure> {
    terminal::say(config::DEFAULTS.trim_end());
    Ok(())
}
