//! `nqba user create`: a user from the command line; the way in on a new installation.

use crate::{boot, cli::CreateUser, failure::Failure, terminal};
use nqba_contracts::identity::{NewUser, RoleBinding};
use std::{io::Read, path::Path};

const MAX_INPUT: u64 = 4096;

pub(super) async fn create(file: Option<&Path>, args: &CreateUser) -> Result<(), Failure> {
    let mut flags = Vec::new();
    super::data_dir(&mut flags, args.data.data_dir.as_deref())?;
    let settings = super::settings(file, &flags)?;
    let password = read_password()?;
    let runtime = boot::runtime(settings).await?;
    let db = runtime.database("identity", nqba_identity::migrations).await?;
    let new = NewUser {
        email: args.email.clone(),
        display_name: args.name.clone(),
        password,
        roles: vec![RoleBinding { role: args.role.clone(), scope: args.scope.clone() }],
    };
    let user = nqba_identity::create_user(&db, &runtime.settings, new).await?;
    terminal::say(&format!("Made {} ({}) with the role {} in {}.", user.email, user.id, args.role, args.scope));
    Ok(())
}

fn read_password() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .take(MAX_INPUT)
        .read_to_string(&mut text)
        .map_err(|e| Failure::usage(format!("The password on standard input could not be read: {e}.")))?;
    // Only the line end that `echo` adds goes; the password itself is taken exactly as typed.
    let password = text.strip_suffix('\n').unwrap_or(&text);
    let password = password.strip_suffix('\r').unwrap_or(password);
    if password.is_empty() {
        return Err(Failure::usage("There is no password on standard input; pipe one in."));
    }
    Ok(password.to_owned())
}
