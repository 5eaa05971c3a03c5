//! Keys that sign access tokens, and their rotation.

use crate::support::*;
use http::Method;
use nqba_contracts::identity::SigningKeyRotated;
use nqba_core::Event;
use nqba_testkit::everywhere;

everywhere!(a_former_key_is_published_until_its_last_token_has_expired, start, |h| async move {
    make(&h, "ada@example.com", "analyst", "unit:energy").await;
    let before = sign_in(&h, "ada@example.com", PASSWORD).await.expect(201);
    let old = published(&h).await.keys;
    assert_eq!(old.len(), 1);
    assert_eq!((old[0].kty.as_str(), old[0].crv.as_str(), old[0].alg.as_str()), ("OKP", "Ed25519", "EdDSA"));
    let rotate = founder("identity:signing_keys:write");
    let path = "/api/v1/identity/signing-keys";
    let made = h.call(&rotate, Method::POST, path, None).await.expect(201).json();
    let after = sign_in(&h, "ada@example.com", PASSWORD).await.expect(201);
    let word = |a: &nqba_testkit::Answer| a.json()["access_token"].as_str().unwrap().to_owned();
    let both = published(&h).await;
    assert_eq!((both.keys.len(), &both.keys[1]), (2, &old[0]), "the present one first");
    assert_eq!(serde_json::to_value(&both.keys[0]).unwrap(), made);
    assert!(verify(&both, &word(&before)).is_some());
    let signed_by = jsonwebtoken::decode_header(word(&after)).unwrap().kid;
    assert_eq!(signed_by.as_deref(), made["kid"].as_str());
    assert!(verify(&both, &word(&after)).is_some());
    pass(&h, 601);
    assert_eq!(published(&h).await.keys.len(), 2, "other servers take notice of a new key after a moment only");
    pass(&h, 60);
    let left = published(&h).await;
    assert_eq!((left.keys.len(), &left.keys[0]), (1, &both.keys[0]));
    assert!(verify(&left, &word(&before)).is_none() && verify(&left, &word(&after)).is_some());
    h.settle().await;
    let events = h.events(SigningKeyRotated::TYPE).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].data::<SigningKeyRotated>().unwrap().kid, made["kid"].as_str().unwrap());
});

everywhere!(the_key_survives_a_restart_and_is_shared, start, |h| async move {
    make(&h, "ada@example.com", "analyst", "unit:energy").await;
    let answer = sign_in(&h, "ada@example.com", PASSWORD).await.expect(201);
    let _second = start(&h.rt.runtime).await.unwrap();
    assert_eq!(published(&h).await.keys.len(), 1, "a second server makes no key of its own");
    claims(&h, &answer).await;
});
