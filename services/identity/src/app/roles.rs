//! Role bindings: read from the wire, kept as JSON, granted only by who holds as much.

use nqba_contracts::{identity as wire, roles};
use nqba_core::{ActorKind, Ctx, Error, FieldError, Permission, Result, RoleBinding, Scope};

const MAX: usize = 32;

/// The bindings, checked.
pub(crate) fn read(bindings: &[wire::RoleBinding]) -> Result<Vec<RoleBinding>> {
    if bindings.len() > MAX {
        return Err(Error::invalid(
            "/roles",
            "too_many",
            format!("There are {} roles; at most {MAX}.", bindings.len()),
        ));
    }
    let mut refused = Vec::new();
    let mut found = Vec::new();
    for (i, binding) in bindings.iter().enumerate() {
        if roles::role(&binding.role).is_none() {
            let known: Vec<_> = roles::ROLES.iter().map(|r| r.name).collect();
            let text = format!("There is no role `{}`; there are {}.", binding.role, known.join(", "));
            refused.push(FieldError::new(format!("/roles/{i}/role"), "unknown", text));
        }
        match binding.scope.parse::<Scope>() {
            Ok(scope) => {
                let bound = RoleBinding { role: binding.role.clone(), scope };
                if !found.contains(&bound) {
                    found.push(bound);
                }
            }
            Err(text) => refused.push(FieldError::new(format!("/roles/{i}/scope"), "malformed", format!("{text}."))),
        }
    }
    if refused.is_empty() { Ok(found) } else { Err(Error::invalid_fields(refused)) }
}

/// Refuses a grant of anything that the granter does not hold in at least that scope.
pub(crate) fn may_grant(ctx: &Ctx, granted: &[RoleBinding]) -> Result<()> {
    if ctx.actor.kind == ActorKind::System {
        return Ok(());
    }
    for (i, binding) in granted.iter().enumerate() {
        if let Some(missing) = lacking(&ctx.roles, binding) {
            let text = format!(
                "You cannot grant {} in {}: you do not hold {missing} there yourself.",
                binding.role, binding.scope
            );
            let field = FieldError::new(format!("/roles/{i}"), "escalation", text.clone());
            return Err(Error::forbidden(text).with_fields(vec![field]));
        }
    }
    Ok(())
}

/// Refuses to take away what the caller could not have given.
pub(crate) fn may_take(ctx: &Ctx, held: &[RoleBinding]) -> Result<()> {
    if ctx.actor.kind == ActorKind::System {
        return Ok(());
    }
    match held.iter().find_map(|b| lacking(&ctx.roles, b).map(|p| (b, p))) {
        None => Ok(()),
        Some((binding, missing)) => Err(Error::forbidden(format!(
            "This user holds {} in {}, and you do not hold {missing} there yourself.",
            binding.role, binding.scope
        ))),
    }
}

/// Those of the bindings that somebody with the roles `holds` could grant.
pub(crate) fn grantable(holds: &[RoleBinding], mut bindings: Vec<RoleBinding>) -> Vec<RoleBinding> {
    bindings.retain(|b| lacking(holds, b).is_none());
    bindings
}

/// Whether both lists hold the same, in any order.
pub(crate) fn same(a: &[RoleBinding], b: &[RoleBinding]) -> bool {
    a.iter().all(|x| b.contains(x)) && b.iter().all(|x| a.contains(x))
}

/// A permission of the binding that somebody with the roles `holds` lacks in its scope.
fn lacking(holds: &[RoleBinding], binding: &RoleBinding) -> Option<Permission> {
    let lacks = |p: &Permission| !roles::scopes_of(holds, p).iter().any(|s| within(&binding.scope, s));
    roles::role(&binding.role)?.permissions().find(lacks)
}

/// Whether `inner` lies within `outer`.
fn within(inner: &Scope, outer: &Scope) -> bool {
    match (inner, outer) {
        (_, Scope::Group) => true,
        (Scope::Unit(a) | Scope::Team { unit: a, .. }, Scope::Unit(b)) => a == b,
        (a, b) => a == b,
    }
}

pub(crate) fn to_json(bindings: &[RoleBinding]) -> Result<String> {
    serde_json::to_string(bindings).map_err(Error::internal)
}

pub(crate) fn from_json(text: &str) -> Result<Vec<RoleBinding>> {
    serde_json::from_str(text).map_err(Error::internal)
}

pub(crate) fn to_wire(bindings: &[RoleBinding]) -> Vec<wire::RoleBinding> {
    bindings.iter().map(|b| wire::RoleBinding { role: b.role.clone(), scope: b.scope.to_string() }).collect()
}

/// The shipped roles with what they hold.
pub(crate) fn all() -> Vec<wire::Role> {
    let role = |r: &roles::RoleDef| wire::Role {
        name: r.name.to_owned(),
        description: r.description.to_owned(),
        permissions: r.permissions().map(|p| p.to_string()).collect(),
    };
    roles::ROLES.iter().map(role).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(role: &str, scope: &str) -> RoleBinding {
        RoleBinding { role: role.into(), scope: scope.parse().unwrap() }
    }

    #[test]
    fn a_grant_reaches_no_further_than_the_granter() {
        let may = |holds: (&str, &str), role: &str, scope: &str| {
            lacking(&[bound(holds.0, holds.1)], &bound(role, scope)).is_none()
        };
        for r in roles::ROLES {
            for scope in ["group", "unit:energy", "team:energy/north"] {
                assert!(may(("founder", "group"), r.name, scope), "a founder grants {} in {scope}", r.name);
            }
        }
        let manager = ("unit_manager", "unit:energy");
        assert!(may(manager, "operator", "unit:energy") && may(manager, "operator", "team:energy/north"));
        assert!(!may(manager, "operator", "group") && !may(manager, "operator", "unit:finance"));
        assert!(!may(manager, "founder", "unit:energy"));
        assert!(!may(("operator", "team:energy/north"), "analyst", "unit:energy"));
        assert!(!may(("operator", "team:energy/north"), "analyst", "team:energy/south"));
        assert!(may(("operator", "team:energy/north"), "analyst", "team:energy/north"));
        assert!(!may(("architect", "group"), "founder", "group") && !may(("architect", "group"), "operator", "group"));
        assert!(!may(("auditor", "group"), "architect", "group"));
        assert!(lacking(&[], &bound("analyst", "unit:energy")).is_some());
    }

    #[test]
    fn lists_are_the_same_in_any_order() {
        let (a, b) = (bound("analyst", "unit:energy"), bound("operator", "unit:energy"));
        assert!(same(&[a.clone(), b.clone()], &[b.clone(), a.clone()]));
        assert!(!same(std::slice::from_ref(&a), &[a.clone(), b.clone()]) && !same(&[a.clone(), b], &[a]));
    }
}
