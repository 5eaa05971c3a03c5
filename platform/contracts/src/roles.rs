//! The matrix: which role holds which permission. Data in one place; the docs print it and tests walk it.

use nqba_core::{Permission, RoleBinding, Scope};

/// Every permission there is, with what it allows.
pub const PERMISSIONS: &[(&str, &str)] = &[
    ("identity:self:read", "Read one's own identity and sessions"),
    ("identity:self:write", "End one's own sessions, change one's own password"),
    ("identity:users:read", "List users and their roles"),
    ("identity:users:write", "Make, change and disable users, bind roles"),
    ("identity:roles:read", "Read the matrix of roles"),
    ("identity:api_keys:read", "List API keys"),
    ("identity:api_keys:write", "Make and revoke API keys"),
    ("identity:signing_keys:write", "Rotate the key that signs access tokens"),
    ("audit:records:read", "Read the audit records"),
    ("events:stream:read", "Follow the live stream of events"),
    ("energy:sites:read", "Read sites and their assets"),
    ("energy:sites:write", "Make, change and remove sites and their assets"),
    ("energy:tariffs:read", "Read tariffs"),
    ("energy:tariffs:write", "Make tariffs"),
    ("energy:readings:read", "Read measured series"),
    ("energy:readings:write", "Feed measured series"),
    ("energy:optimizations:read", "Read optimisations and their plans"),
    ("energy:optimizations:write", "Ask for an optimisation, cancel it"),
    ("energy:dispatch:run", "Solve a dispatch problem given inline"),
];

/// A shipped role.
#[derive(Debug, Clone, Copy)]
pub struct RoleDef {
    /// Name.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// Permission patterns: each part is a word or `*`.
    pub allows: &'static [&'static str],
    /// Patterns that are taken away again.
    pub except: &'static [&'static str],
}

/// The shipped roles.
pub const ROLES: &[RoleDef] = &[
    RoleDef { name: "founder", description: "Everything, everywhere.", allows: &["*:*:*"], except: &[] },
    RoleDef {
        name: "council_member",
        description: "Reads everything; proposes and votes.",
        allows: &["*:*:read", "identity:self:write"],
        except: &["audit:records:read", "identity:users:read", "identity:api_keys:read"],
    },
    RoleDef {
        name: "architect",
        description: "Configures the platform; touches no money.",
        allows: &["identity:*:*", "events:*:*", "audit:records:read", "energy:*:read"],
        except: &[],
    },
    RoleDef {
        name: "unit_manager",
        description: "Everything in the own unit.",
        allows: &["energy:*:*", "identity:self:*", "identity:roles:read", "events:stream:read"],
        except: &[],
    },
    RoleDef {
        name: "operator",
        description: "Runs and reads the own unit.",
        allows: &[
            "energy:*:read",
            "energy:readings:write",
            "energy:optimizations:write",
            "energy:dispatch:run",
            "identity:self:*",
            "events:stream:read",
        ],
        except: &[],
    },
    RoleDef {
        name: "analyst",
        description: "Reads the own unit.",
        allows: &["energy:*:read", "energy:dispatch:run", "identity:self:*", "events:stream:read"],
        except: &[],
    },
    RoleDef {
        name: "auditor",
        description: "Reads everything and the audit; changes nothing.",
        allows: &["*:*:read", "identity:self:write"],
        except: &[],
    },
    RoleDef {
        name: "service",
        description: "A machine: feeds readings, runs optimisations, follows events.",
        allows: &[
            "identity:self:read",
            "events:stream:read",
            "energy:sites:read",
            "energy:tariffs:read",
            "energy:readings:*",
            "energy:optimizations:*",
            "energy:dispatch:run",
        ],
        except: &[],
    },
];

/// The role of that name.
#[must_use]
pub fn role(name: &str) -> Option<&'static RoleDef> {
    ROLES.iter().find(|r| r.name == name)
}

impl RoleDef {
    /// Whether the role holds the permission.
    #[must_use]
    pub fn holds(&self, permission: &Permission) -> bool {
        let any = |patterns: &[&str]| patterns.iter().any(|p| matches(p, permission.as_str()));
        any(self.allows) && !any(self.except)
    }
    /// All permissions of the role.
    pub fn permissions(&self) -> impl Iterator<Item = Permission> + '_ {
        PERMISSIONS.iter().map(|(name, _)| Permission::of(name)).filter(|p| self.holds(p))
    }
}

/// The scopes in which somebody with these roles holds the permission; empty when not at all.
///
/// A permission on the platform itself (`identity:self`, `events`) holds wherever the role is held; what is not
/// a unit's (`identity`, `audit`) is otherwise held by a role bound to the group only.
#[must_use]
pub fn scopes_of(roles: &[RoleBinding], permission: &Permission) -> Vec<Scope> {
    let anywhere =
        permission.resource() == "self" || matches!(permission.as_str(), "events:stream:read" | "identity:roles:read");
    let mut scopes: Vec<Scope> = roles
        .iter()
        .filter(|b| role(&b.role).is_some_and(|r| r.holds(permission)))
        .filter(|b| anywhere || b.scope.touches(permission.unit()))
        .map(|b| b.scope.clone())
        .collect();
    scopes.sort();
    scopes.dedup();
    scopes
}

/// Whether somebody with these roles holds anything in that unit: decides between 403 and 404.
#[must_use]
pub fn knows_unit(roles: &[RoleBinding], unit: &str) -> bool {
    PERMISSIONS
        .iter()
        .map(|(name, _)| Permission::of(name))
        .any(|p| p.unit() == unit && !scopes_of(roles, &p).is_empty())
}

fn matches(pattern: &str, permission: &str) -> bool {
    let mut p = pattern.split(':');
    let mut q = permission.split(':');
    loop {
        match (p.next(), q.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == "*" || a == b => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(role: &str, scope: &str) -> Vec<RoleBinding> {
        vec![RoleBinding { role: role.into(), scope: scope.parse().unwrap() }]
    }

    #[test]
    fn every_pattern_names_something() {
        for r in ROLES {
            for p in r.allows.iter().chain(r.except) {
                assert!(PERMISSIONS.iter().any(|(n, _)| matches(p, n)), "{}: {p} matches no permission", r.name);
            }
        }
    }

    #[test]
    fn who_only_reads_changes_nothing_but_the_own_session() {
        for name in ["auditor", "council_member"] {
            for p in role(name).unwrap().permissions() {
                assert!(p.verb() == "read" || p.as_str() == "identity:self:write", "{name} holds {p}");
            }
        }
    }

    #[test]
    fn a_role_in_one_unit_reaches_no_other_and_not_the_platform() {
        let read = Permission::of("energy:sites:read");
        assert!(scopes_of(&bound("unit_manager", "unit:finance"), &read).is_empty());
        assert_eq!(scopes_of(&bound("unit_manager", "unit:energy"), &read).len(), 1);
        assert!(scopes_of(&bound("architect", "unit:energy"), &Permission::of("identity:users:write")).is_empty());
        assert!(!scopes_of(&bound("operator", "unit:energy"), &Permission::of("identity:self:read")).is_empty());
        assert!(!knows_unit(&bound("unit_manager", "unit:finance"), "energy"));
    }

    #[test]
    fn a_founder_of_the_group_holds_all() {
        for (name, _) in PERMISSIONS {
            assert!(!scopes_of(&bound("founder", "group"), &Permission::of(name)).is_empty(), "{name}");
        }
    }
}
