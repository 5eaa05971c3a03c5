//! What is too much, too deep, too slow or too often is refused, quickly and in the caller's words.

use crate::{
    client::{Api, problem},
    support::{FOUNDER, Place, Server},
};
use http::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const SITES: &str = "/api/v1/energy/sites";
const DISPATCH: &str = "/api/v1/energy/dispatch";

async fn demo() -> (Place, Server, Api) {
    let place = Place::sqlite();
    let server = place.server().demo().start().await;
    let founder = server.founder().await;
    (place, server, founder)
}

/// Sends a head, then pieces of a body for as long as the server takes them; reads what it answers.
async fn pour(server: &Server, head: &str, piece: &[u8], pieces: usize) -> (String, usize) {
    let stream = TcpStream::connect(&server.addr).await.unwrap();
    let (mut from, mut to) = stream.into_split();
    let (head, piece) = (head.to_owned(), piece.to_vec());
    let pouring = tokio::spawn(async move {
        let mut sent = 0;
        if to.write_all(head.as_bytes()).await.is_err() {
            return sent;
        }
        for _ in 0..pieces {
            if to.write_all(&piece).await.is_err() {
                break;
            }
            sent += piece.len();
        }
        sent
    });
    let mut said = Vec::new();
    let reading = async {
        let mut buffer = [0; 4096];
        while let Ok(n @ 1..) = from.read(&mut buffer).await {
            said.extend_from_slice(&buffer[..n]);
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reading).await.expect("the server closes the connection");
    pouring.abort();
    let sent = pouring.await.unwrap_or_default();
    (String::from_utf8_lossy(&said).into_owned(), sent)
}

fn head(api: &Api, path: &str, length: &str) -> String {
    let bearer = api.bearer.as_ref().unwrap();
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {bearer}\r\ncontent-type: application/json\r\n{length}\r\n\r\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_too_large_is_refused_before_it_is_read() {
    let (_place, server, founder) = demo().await;
    let began = Instant::now();
    let mebibyte = vec![b' '; 1 << 20];
    let told = head(&founder, SITES, "content-length: 104857600");
    let (said, sent) = pour(&server, &told, &mebibyte, 100).await;
    assert!(said.starts_with("HTTP/1.1 413") && said.contains("\"too_large\"") && said.contains("1048576"), "{said}");
    assert!(sent < 50 << 20, "{sent} bytes were taken");
    // Without a length: cut where it crosses the limit, also where it never ends.
    let mut chunk = format!("{:x}\r\n", 1 << 16).into_bytes();
    chunk.extend(vec![b' '; 1 << 16]);
    chunk.extend(b"\r\n");
    for (path, limit, pieces) in [(SITES, 1 << 20, 10_000), (DISPATCH, 16 << 20, 100_000)] {
        let (said, sent) = pour(&server, &head(&founder, path, "transfer-encoding: chunked"), &chunk, pieces).await;
        assert!(said.starts_with("HTTP/1.1 413") && said.contains(&limit.to_string()), "{path}: {said}");
        assert!(sent < limit + (32 << 20), "{path}: {sent} bytes were taken");
    }
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    founder.get(SITES).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_or_does_not_hold_is_named() {
    let (_place, _server, founder) = demo().await;
    let send = async |path: &str, text: String| {
        founder.raw(Method::POST, path, Some(("application/json", text.into_bytes())), &[]).await
    };
    for text in
        ["", "{", "nil", "{\"steps\":1", "{\"steps\": NaN}", "{\"steps\": Infinity}", "\u{0}", "'a'", "{\"steps\":1,}"]
    {
        problem(&send(DISPATCH, text.to_owned()).await, 400, "malformed");
    }
    // Deep as a well: refused where it first does not fit, or where it is too deep, and nothing breaks.
    let deep =
        ["[".repeat(200_000), format!("{{\"sites\":{}", "[{\"assets\":".repeat(50_000)), "{\"\":".repeat(100_000)];
    for text in deep {
        for path in [DISPATCH, SITES, "/api/v1/identity/users"] {
            let answer = send(path, text.clone()).await;
            let code = if answer.status == 400 { "malformed" } else { "invalid" };
            problem(&answer, if code == "malformed" { 400 } else { 422 }, code);
        }
    }
    let site = json!({
        "id": "s", "grid": { "import_max_kw": 1.0, "export_max_kw": 0.0, "import_price_per_kwh": [0.1], "export_price_per_kwh": [0.0] },
        "assets": [{ "type": "load", "id": "l", "demand_kw": [0.5] }],
    });
    let good = json!({ "step_hours": 1.0, "steps": 1, "currency": "EUR", "sites": [site] });
    send(DISPATCH, good.to_string()).await.expect(200);
    let with = |pointer: &str, to: Value| {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = to;
        bad.to_string()
    };
    let cases = [
        (with("/steps", json!(1_000_000)), "/steps"),
        (with("/steps", json!(-1)), "/steps"),
        (with("/steps", json!(1.5)), "/steps"),
        (with("/step_hours", json!(0)), "/step_hours"),
        (with("/currency", json!("euro")), "/currency"),
        (with("/sites/0/grid/import_max_kw", json!("NaN")), "/sites/0/grid/import_max_kw"),
        (with("/sites/0/grid/import_max_kw", json!(-1)), "/sites/0/grid/import_max_kw"),
        (with("/sites/0/assets/0/demand_kw", json!([1.0, 2.0])), "/sites/0/assets/0/demand_kw"),
        (with("/sites/0/assets/0/type", json!("reactor")), "/sites/0/assets/0/type"),
        (with("/sites", json!([])), "/sites"),
        (good.to_string().replace("\"steps\":1", "\"steps\":1,\"stps\":1"), "/stps"),
        (good.to_string().replace("[0.5]", "[1e999]"), "/sites/0/assets/0/demand_kw/0"),
    ];
    for (text, pointer) in cases {
        let answer = send(DISPATCH, text).await;
        problem(&answer, 422, "invalid");
        assert!(answer.pointers().iter().any(|p| p == pointer), "{pointer}: {:?}", answer.pointers());
    }
    // A million steps, all of them given.
    let series = format!("[{}0]", "0,".repeat(999_999));
    let long = good.to_string().replace("\"steps\":1", "\"steps\":1000000").replace("[0.5]", &series);
    let answer = send(DISPATCH, long).await;
    problem(&answer, 422, "invalid");
    problem(&send(SITES, "{\"name\":\"x\"}".to_owned()).await, 422, "invalid");
    problem(
        &founder.raw(Method::POST, SITES, Some(("text/plain", b"{}".to_vec())), &[]).await,
        415,
        "unsupported_media_type",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_path_and_an_unknown_method_are_told_as_such() {
    let (_place, server, founder) = demo().await;
    for path in
        ["/api", "/api/v1", "/api/v2/energy/sites", "/api/v1/energy/sites/", "/api/v1/energy//sites", "/api/../etc"]
    {
        problem(&founder.get(path).await, 404, "not_found");
        problem(&server.api().get(path).await, 404, "not_found");
    }
    let answer = founder.call(Method::PATCH, SITES, Some(json!({})), &[]).await;
    problem(&answer, 405, "method_not_allowed");
    let mut offered: Vec<_> = answer.header("allow").split(", ").collect();
    offered.sort_unstable();
    assert_eq!(offered, ["GET", "HEAD", "POST"]);
    assert_eq!(founder.call(Method::HEAD, SITES, None, &[]).await.status, 200);
    // Pages: known, unknown (the dashboard's own), a file that is missing; and nothing from outside the folder.
    let page = server.api().get("/").await.expect(200);
    assert!(
        page.header("content-type").starts_with("text/html") && page.headers.contains_key("content-security-policy")
    );
    assert_eq!(server.api().get("/energy/sites/7").await.expect(200).body, page.body);
    server.api().get("/assets/none-1234.js").await.expect(404);
    assert_eq!(server.api().get("/docs").await.status, 308);
    assert!(server.api().get("/docs/").await.expect(200).header("content-type").starts_with("text/html"));
    for path in ["/..%2f..%2fetc/passwd", "/%2e%2e/Cargo.toml", "/assets/../../Cargo.toml"] {
        let answer = server.api().get(path).await;
        assert!(!String::from_utf8_lossy(&answer.body).contains("[package]"), "{path}");
    }
    assert_eq!(server.api().post("/", json!({})).await.status, 405);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_calls_share_one_connection_of_http_2() {
    let (_place, server, founder) = demo().await;
    let stream = TcpStream::connect(&server.addr).await.unwrap();
    let (executor, io) = (hyper_util::rt::TokioExecutor::new(), hyper_util::rt::TokioIo::new(stream));
    let (sender, connection) = hyper::client::conn::http2::handshake(executor, io).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..400 {
        let mut sender = sender.clone();
        let request = http::Request::get(format!("http://{}{SITES}", server.addr))
            .header("authorization", format!("Bearer {}", founder.bearer.as_ref().unwrap()))
            .body(http_body_util::Empty::<bytes::Bytes>::new())
            .unwrap();
        calls.spawn(async move {
            sender.ready().await.unwrap();
            let response = sender.send_request(request).await.unwrap();
            (response.version(), response.status().as_u16())
        });
    }
    let answers = calls.join_all().await;
    assert!(answers.iter().all(|a| *a == (http::Version::HTTP_2, 200)), "{answers:?}");
    // An open connection without a call does not hold up the end.
    let (code, took) = server.terminate().await;
    assert!(code == Some(0) && took < Duration::from_secs(5), "{code:?} after {took:?}");
    drop(sender);
    let _ = connection.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_sign_ins_are_told_when_to_come_again() {
    let place = Place::sqlite();
    let server = place.server().demo().env("NQBA_LIMITS__SIGN_IN_PER_MINUTE", "3").start().await;
    let founder = server.founder().await;
    let body = json!({ "email": FOUNDER, "password": "not this one" });
    let answers = [
        server.api().post("/api/v1/identity/sessions", body.clone()).await,
        server.api().post("/api/v1/identity/sessions", body.clone()).await,
    ];
    for answer in &answers {
        problem(answer, 401, "unauthenticated");
        assert!(
            answer.header("ratelimit-policy").contains("\"sign_in\";q=3;w=60"),
            "{}",
            answer.header("ratelimit-policy")
        );
    }
    assert!(answers[1].header("ratelimit").contains("\"sign_in\";r=0;t="), "{}", answers[1].header("ratelimit"));
    let answer = server.api().post("/api/v1/identity/sessions", body).await;
    problem(&answer, 429, "rate_limited");
    let again: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=61).contains(&again), "{again}");
    assert!(answer.header("ratelimit").contains("\"sign_in\";r=0;t="), "{}", answer.header("ratelimit"));
    // Who is in stays in, and probes are never counted.
    let read = founder.get(SITES).await.expect(200);
    assert!(read.header("ratelimit-policy").contains("\"read\";q=6000"), "{}", read.header("ratelimit-policy"));
    server.api().get("/readyz").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_slow_with_the_head_is_cut_off_and_holds_nobody_up() {
    let (_place, server, founder) = demo().await;
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(&server.addr).await.unwrap();
        stream.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\nx-slow: ").await.unwrap();
        slow.push(stream);
    }
    // Those say nothing at all, or not even which protocol it is, or nothing more after one call.
    let mut silent = Vec::new();
    for said in [
        "",
        "P",
        "PRI * HTTP/2.0\r\n\r\nSM",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET /livez HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(&server.addr).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        silent.push((said, stream));
    }
    founder.get(SITES).await.expect(200);
    let began = Instant::now();
    // Each sends a letter now and then, as a slow one would, and hopes.
    let mut tasks = tokio::task::JoinSet::new();
    for mut stream in slow {
        tasks.spawn(async move {
            let mut said = [0; 1024];
            loop {
                tokio::select! {
                    read = stream.read(&mut said) => return read.unwrap_or(0),
                    () = tokio::time::sleep(Duration::from_secs(1)) => if stream.write_all(b"a").await.is_err() { return 0 },
                }
            }
        });
    }
    for (said, mut stream) in silent {
        let mut rest = Vec::new();
        let cut = tokio::time::timeout(Duration::from_secs(15), stream.read_to_end(&mut rest)).await;
        assert!(cut.is_ok(), "who said {said:?} and then nothing is not cut off");
    }
    let all = tokio::time::timeout(Duration::from_secs(30), tasks.join_all()).await.expect("all are cut off");
    assert_eq!(all.len(), 50);
    assert!(began.elapsed() < Duration::from_secs(15), "the head has 10 s; it took {:?}", began.elapsed());
    // A head without end, and one line too many.
    let many = format!("GET /livez HTTP/1.1\r\nhost: x\r\n{}\r\n", "x-a: b\r\n".repeat(20_000));
    let (said, _) = pour(&server, &many, b"", 0).await;
    assert!(said.starts_with("HTTP/1.1 431") || said.starts_with("HTTP/1.1 400"), "{said}");
    founder.get(SITES).await.expect(200);
}
