//! Access that has ended, ends here: within a second, over restarts, and for no longer than it must.

use crate::{
    keys::{claims, claims_of},
    world::{World, eventually},
};
use nqba_core::new_id;
use std::time::Duration;

const ME: &str = "/api/v1/identity/me";

async fn revoked_tokens_end_within_a_second_and_new_ones_hold(world: &World) {
    let (user, phone, desk) = (new_id(), new_id(), new_id());
    let token = |session| world.key.sign(&claims_of(user, session, "founder@group"));
    let (at_phone, at_desk, other) = (token(phone), token(desk), world.token("founder@group"));
    for token in [&at_phone, &at_desk, &other] {
        world.get(ME, token).await.expect(200);
    }
    let refused = |token: String| async move { world.get(ME, &token).await.status == 401 };
    world.revoke(user, Some(phone)).await;
    let took = eventually(Duration::from_secs(1), || refused(at_phone.clone())).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    world.get(ME, &at_desk).await.expect(200);

    world.revoke(user, None).await;
    // Issued in the same second, and a moment later: it is a new right.
    tokio::time::sleep(Duration::from_millis(2)).await;
    let renewed = token(desk);
    let took = eventually(Duration::from_secs(1), || refused(at_desk.clone())).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    world.get(ME, &renewed).await.expect(200);
    world.get(ME, &other).await.expect(200);
}
crate::everywhere!(revoked_tokens, super::revoked_tokens_end_within_a_second_and_new_ones_hold);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_forgets_no_revocation() {
    let world = World::start().await;
    let claims = claims("founder@group");
    let token = world.key.sign(&claims);
    world.get(ME, &token).await.expect(200);
    world.revoke(claims.sub, None).await;
    eventually(Duration::from_secs(1), || async { world.get(ME, &token).await.status == 401 }).await;
    // Memory is ahead of the disk.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let own = nqba_gateway::start(&world.rt.runtime).await.unwrap();
    let service = own.service();
    let router = nqba_runtime::web::service_router(service.name, service.router, world.signer.clone());
    let identity = crate::units::identity(world.identity.clone());
    let identity = nqba_runtime::web::service_router("identity", identity, world.signer.clone());
    let upstream =
        |name, spec, router| nqba_gateway::Upstream { name, spec, mount: nqba_runtime::mount::Mount::Local(router) };
    let upstreams = vec![
        upstream(service.name, service.spec, router),
        upstream("identity", crate::units::identity_spec(), identity),
    ];
    let metrics = nqba_runtime::telemetry::metrics().unwrap();
    let pages = crate::units::pages();
    let signer = world.signer.clone();
    let again = nqba_gateway::build(&world.rt.runtime, &own, upstreams, signer, pages, Vec::new(), metrics).unwrap();
    let mut restarted = world;
    restarted.router = again.router;
    assert_eq!(restarted.get(ME, &token).await.status, 401);
    let fresh = restarted.token("founder@group");
    restarted.get(ME, &fresh).await.expect(200);
    restarted.end().await;
}
