//! Only the system asks what a key stands for.

use crate::support::*;
use http::Method;
use nqba_testkit::everywhere;
use serde_json::json;

everywhere!(for_everybody_else_there_is_no_such_operation, start, |h| async move {
    let path = "/api/v1/identity/introspections";
    for ctx in [nobody(), founder("identity:api_keys:read"), user(uuid::Uuid::now_v7(), "founder", "internal:x:y")] {
        for body in [json!({ "token": "nqba_live_x" }), json!({}), json!({ "token": 7 })] {
            h.call(&ctx, Method::POST, path, Some(body)).await.expect(404);
        }
        h.call_raw(&ctx, Method::POST, path, Some(("text/plain", b"x".to_vec())), &[]).await.expect(404);
    }
    h.call(&system(), Method::POST, path, Some(json!({}))).await.expect(422);
    h.call(&system(), Method::POST, path, Some(json!({ "token": "nqba_live_x" }))).await.expect(401);
    h.call_bare(Method::POST, path).await.expect(401);
});
