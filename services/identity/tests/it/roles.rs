//! The shipped roles.

use crate::support::*;
use http::Method;
use nqba_contracts::roles::{PERMISSIONS, ROLES};
use nqba_testkit::everywhere;

everywhere!(the_matrix_is_told_as_it_is, start, |h| async move {
    let ctx = founder("identity:roles:read");
    let answer = h.call(&ctx, Method::GET, "/api/v1/identity/roles", None).await.expect(200).json();
    let items = answer["items"].as_array().unwrap();
    assert_eq!(items.len(), ROLES.len());
    for (told, role) in items.iter().zip(ROLES) {
        let permissions: Vec<_> = role.permissions().map(|p| p.to_string()).collect();
        assert_eq!((told["name"].as_str(), &told["permissions"]), (Some(role.name), &serde_json::json!(permissions)));
    }
    assert_eq!(items[0]["permissions"].as_array().unwrap().len(), PERMISSIONS.len(), "the founder holds all");
});
