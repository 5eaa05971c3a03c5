//! `nqba migrate`: every database up to date, then the end.

use crate::{boot, cli::DataDir, failure::Failure, terminal};
use std::path::Path;

pub(super) async fn run(file: Option<&Path>, args: &DataDir) -> Result<(), Failure> {
    let mut flags = Vec::new();
    super::data_dir(&mut flags, args.data_dir.as_deref())?;
    let settings = super::settings(file, &flags)?;
    let runtime = boot::runtime(settings).await?;
    boot::services(&runtime).await?;
    terminal::say("Every database is up to date.");
    Ok(())
}
