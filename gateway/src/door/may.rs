//! Whether the caller may: the operation's permission against the roles held.

use super::{routes::Route, who::Verified};
use nqba_contracts::roles;
use nqba_core::{Error, Permission, Result, RoleBinding, Scope};

/// Parts of the platform: everybody knows that they exist.
const PLATFORM: [&str; 4] = ["identity", "audit", "events", "gateway"];

/// What somebody's roles give for one permission.
pub(crate) struct Held {
    scopes: Vec<Scope>,
    /// Whether they may know that the unit exists.
    knows: bool,
}

impl Held {
    fn of(roles: &[RoleBinding], permission: &Permission) -> Self {
        let scopes = roles::scopes_of(roles, permission);
        let unit = permission.unit();
        let knows = !scopes.is_empty() || PLATFORM.contains(&unit) || roles::knows_unit(roles, unit);
        Self { scopes, knows }
    }
}

/// The scopes in which the caller may.
///
/// # Errors
/// `not_found` when the caller may not know of the unit, `forbidden` otherwise. Who reads the matrix of roles for the
/// whole group is told which permission is wanting.
pub(crate) fn check<'a>(route: &Route, who: &'a Verified) -> Result<&'a [Scope]> {
    let Some((place, permission)) = &route.needs else { return Ok(&[]) };
    let held = who.held(*place, |roles| Held::of(roles, permission));
    let held = held.ok_or_else(|| Error::internal(format!("{permission} has no place")))?;
    if !held.scopes.is_empty() {
        return Ok(&held.scopes);
    }
    if !held.knows {
        return Err(Error::not_found("path").because(format!("lacks {permission}")));
    }
    let matrix = roles::scopes_of(&who.roles, &Permission::of("identity:roles:read"));
    let text = if matrix.contains(&Scope::Group) {
        format!("This needs the permission {permission}, which none of your roles gives here.")
    } else {
        "Your roles do not allow this; ask an administrator.".to_owned()
    };
    Err(Error::forbidden(text).because(format!("lacks {permission}")))
}
