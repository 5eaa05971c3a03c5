//! Bodies and calls within their limits.

use crate::world::{World, as_bearer, request};
use axum::body::{Body, Bytes};
use futures::stream;
use http::Method;
use serde_json::json;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const SITES: &str = "/api/v1/energy/sites";

fn chunked(chunks: usize, size: usize, pulled: Arc<AtomicUsize>) -> Body {
    Body::from_stream(stream::iter((0..chunks).map(move |_| {
        pulled.fetch_add(1, Ordering::SeqCst);
        Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; size]))
    })))
}

async fn bodies_end_at_their_limit(world: &World) {
    let token = world.token("founder@group");
    let post = || as_bearer(request(Method::POST, SITES), &token).header("content-type", "application/json");
    // Told: refused without a byte of it being read.
    let pulled = Arc::new(AtomicUsize::new(0));
    let told = post().header("content-length", "2001").body(chunked(3, 667, pulled.clone())).unwrap();
    let refused = world.send(told).await.expect(413);
    assert_eq!(refused.json()["code"], "too_large");
    assert!(refused.json()["detail"].as_str().unwrap().contains("2000 bytes"));
    assert_eq!((pulled.load(Ordering::SeqCst), world.unit.calls.load(Ordering::SeqCst)), (0, 0));
    // Not told: cut off where it crosses the limit.
    let refused = world.send(post().body(chunked(10_000, 500, pulled.clone())).unwrap()).await.expect(413);
    assert_eq!(refused.json()["code"], "too_large");
    assert!(pulled.load(Ordering::SeqCst) < 1_000, "{pulled:?} chunks were read");
    // Exactly the limit goes through, told or not.
    world.send(post().body(chunked(4, 500, pulled.clone())).unwrap()).await.expect(201);
    world.send(post().body(Body::from(vec![b'x'; 2000])).unwrap()).await.expect(201);
    assert_eq!(world.send(post().body(Body::from(vec![b'x'; 2001])).unwrap()).await.status, 413);
}
crate::everywhere!(bodies, super::bodies_end_at_their_limit);

async fn a_call_ends_at_its_time_limit(world: &World) {
    let token = world.token("founder@group");
    let began = Instant::now();
    let late = world.post("/api/v1/energy/dispatch?slow", &token, &json!({})).await.expect(504);
    assert_eq!(late.json()["code"], "timeout");
    assert!(began.elapsed() < Duration::from_secs(3));
    world.post("/api/v1/energy/dispatch", &token, &json!({})).await.expect(200);
}
crate::everywhere!(time_limits, super::a_call_ends_at_its_time_limit);

#[tokio::test]
async fn a_message_with_two_lengths_is_refused_and_its_connection_closed() {
    let world = World::start().await;
    let asked = as_bearer(request(Method::POST, SITES), &world.token("founder@group"))
        .header("content-length", "3")
        .header("transfer-encoding", "chunked");
    let refused = world.send(asked.body(Body::from("abc")).unwrap()).await.expect(400);
    assert_eq!((refused.header("connection"), refused.json()["code"].as_str()), ("close", Some("malformed")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_a_socket_a_second_request_cannot_hide_in_the_first() {
    let world = World::start().await;
    let address = world.serve().await;
    let token = world.token("founder@group");
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let smuggled = "GET /api/v1/energy/sites/smuggled HTTP/1.1\r\nhost: x\r\n\r\n";
    let text = format!(
        "POST {SITES} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n0\r\n\r\n{smuggled}",
        smuggled.len() + 5
    );
    socket.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _ = tokio::time::timeout(Duration::from_secs(5), socket.read_to_string(&mut answer)).await;
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
}
