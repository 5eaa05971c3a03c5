//! The page `docs/src/roles.md` is printed from the matrix of roles; a committed page that differs fails here.

use nqba_contracts::roles::{PERMISSIONS, ROLES, RoleDef};
use nqba_core::Permission;
use std::{fs, path::Path};

const HEAD: &str = "\
# Roles

<!-- Printed from platform/contracts/src/roles.rs by platform/contracts/tests/roles_doc.rs. Change it there. -->

A role is a set of permissions. A permission is written `unit:resource:verb`. A user or an API key holds roles, each
bound to a scope; what somebody may do is the sum of the bindings. Roles are shipped; an installation cannot make its
own in this version.

## The roles

";

const MATRIX: &str = "
## The matrix

`x`: the role holds the permission, within the scope in which it is bound.

";

const SCOPES: &str = "
## Scopes

A binding names where the role holds: `group` (everywhere), `unit:<unit>` (one unit, e.g. `unit:energy`) or
`team:<unit>/<team>` (only the records of one team of a unit, e.g. `team:energy/north`). A site names its team in
`team`; whoever is bound to a team sees the sites of that team and what belongs to them, and makes sites in that team
only. Tariffs belong to no team: whoever may read tariffs in the unit reads all of them.

What belongs to the platform and not to a unit (users, API keys, signing keys, audit records) is reached by a role
bound to the group only. One's own identity and sessions, the matrix itself and the live stream are reached from any
scope; the stream then carries the events of that scope only.

An operation that the caller lacks the permission for answers 403 `forbidden`. Whoever holds nothing at all in a unit
is answered 404 `not_found` there, as is whoever asks for a record outside the scope.

## Granting

A role can be granted only by somebody who holds every permission of it in at least that scope, and taken away only by
somebody who could have granted it. The same holds for the roles of an API key, and a key loses each role that its
maker could no longer grant. The last enabled founder of the group can neither be disabled nor lose the role.

`GET /api/v1/identity/roles` answers the same matrix; `GET /api/v1/identity/me` answers the caller's own permissions
with their scopes.
";

fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    format!("| {} |\n", cells.into_iter().collect::<Vec<_>>().join(" | "))
}

fn mark(role: &RoleDef, permission: &'static str) -> &'static str {
    if role.holds(&Permission::of(permission)) { "x" } else { "" }
}

fn page() -> String {
    let mut text = HEAD.to_owned();
    text += &row(["Role", "What it is for"]);
    text += &row(["---", "---"]);
    for role in ROLES {
        text += &row([format!("`{}`", role.name).as_str(), role.description]);
    }
    text += MATRIX;
    text += &row(["Permission", "What it allows"].into_iter().chain(ROLES.iter().map(|r| r.name)));
    text += &row(["---", "---"].into_iter().chain(ROLES.iter().map(|_| ":-:")));
    for (permission, allows) in PERMISSIONS {
        let name = format!("`{permission}`");
        text += &row([name.as_str(), *allows].into_iter().chain(ROLES.iter().map(|r| mark(r, permission))));
    }
    text + SCOPES
}

#[test]
fn the_printed_matrix_is_the_one_that_holds() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/roles.md");
    let expected = page();
    if fs::read_to_string(&committed).unwrap_or_default() == expected {
        return;
    }
    let printed = Path::new(env!("CARGO_TARGET_TMPDIR")).join("roles.md");
    fs::write(&printed, expected).unwrap();
    panic!("docs/src/roles.md is stale; renew it with: cp {} docs/src/roles.md", printed.display());
}
