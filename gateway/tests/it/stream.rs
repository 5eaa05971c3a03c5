//! The live stream: from where it was left, within one's scopes, for as long as one may.

use crate::{
    keys::claims,
    world::{World, as_bearer, eventually, request},
};
use axum::body::{Body, BodyDataStream};
use futures::StreamExt;
use http::Method;
use nqba_contracts::identity::UserChanged;
use nqba_core::{Event, new_id, now_us};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tower::ServiceExt;

const STREAM: &str = "/api/v1/events/stream";

#[derive(Serialize, Deserialize)]
struct SiteChanged {
    site: String,
    team: Option<String>,
}
impl Event for SiteChanged {
    const TYPE: &'static str = "com.nqba.energy.site.changed.v1";
    fn subject(&self) -> String {
        self.site.clone()
    }
}

fn site(name: impl ToString, team: Option<&str>) -> SiteChanged {
    SiteChanged { site: name.to_string(), team: team.map(str::to_owned) }
}

/// One reader.
struct Reader {
    body: BodyDataStream,
    text: String,
}

impl Reader {
    async fn open(world: &World, token: &str, query: &str, last: Option<i64>) -> Self {
        let mut asked = as_bearer(request(Method::GET, &format!("{STREAM}{query}")), token);
        if let Some(last) = last {
            asked = asked.header("last-event-id", last.to_string());
        }
        let response = world.router.clone().oneshot(asked.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut reader = Self { body: response.into_body().into_data_stream(), text: String::new() };
        let hello = reader.block().await.unwrap();
        assert!(hello.contains("retry:"), "{hello}");
        reader
    }

    /// The next block, none at the end.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let wait = tokio::time::timeout(Duration::from_secs(20), self.body.next());
            let chunk = wait.await.expect("the stream goes on or ends")?;
            self.text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        }
    }

    /// The next event: its id and its envelope.
    async fn event(&mut self) -> Option<(i64, Value)> {
        loop {
            let block = self.block().await?;
            let field = |name: &str| block.lines().find_map(|l| l.strip_prefix(name).map(str::trim));
            if let Some(data) = field("data:") {
                return Some((field("id:").unwrap().parse().unwrap(), serde_json::from_str(data).unwrap()));
            }
        }
    }

    async fn subjects(&mut self, n: usize) -> Vec<String> {
        let mut all = Vec::new();
        for _ in 0..n {
            all.push(self.event().await.unwrap().1["subject"].as_str().unwrap().to_owned());
        }
        all
    }
}

async fn a_reader_resumes_without_gap_or_repetition(world: &World) {
    let token = world.token("founder@group");
    for i in 0..40 {
        world.publish(&world.energy_db, &site(i, None)).await;
    }
    let head = || async { world.rt.runtime.bus.head().await.unwrap() };
    eventually(Duration::from_secs(10), || async { head().await >= 40 }).await;
    // Read on from the tenth, while more come in from two sources at once.
    let mut reader = Reader::open(world, &token, "", Some(10)).await;
    let energy = async {
        for i in 40..90 {
            world.publish(&world.energy_db, &site(i, None)).await;
        }
    };
    let identity = async {
        for _ in 0..20 {
            let event = UserChanged { user_id: new_id(), change: "updated".into(), enabled: true };
            world.publish(&world.identity_db, &event).await;
        }
    };
    let reading = async {
        let mut ids = Vec::new();
        for _ in 0..100 {
            ids.push(reader.event().await.unwrap().0);
        }
        ids
    };
    let ((), (), ids) = tokio::join!(energy, identity, reading);
    let all = world.rt.runtime.bus.read_after(10, 1000).await.unwrap();
    let expected: Vec<_> = all.iter().map(|r| r.offset).collect();
    assert_eq!(ids, expected, "each once, in order");
}
crate::everywhere!(resuming, super::a_reader_resumes_without_gap_or_repetition);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_in_another_log_is_its_end() {
    let world = World::start().await;
    let mut reader = Reader::open(&world, &world.token("founder@group"), "", Some(1_000_000)).await;
    world.publish(&world.energy_db, &site("new", None)).await;
    assert_eq!(reader.subjects(1).await, ["new"]);
    drop(reader);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_falls_behind_catches_up() {
    let world = World::start().await;
    let mut reader = Reader::open(&world, &world.token("founder@group"), "", None).await;
    // More than the tail holds, before the reader looks at all.
    let tx = world.energy_db.begin().await.unwrap();
    let ctx = nqba_core::Ctx::system(now_us());
    for i in 0..3_000 {
        tx.publish(&site(i, None), &ctx).await.unwrap();
    }
    tx.commit().await.unwrap();
    eventually(Duration::from_secs(30), || async { world.rt.runtime.bus.head().await.unwrap() >= 3_000 }).await;
    let subjects = reader.subjects(3_000).await;
    assert!(subjects.iter().enumerate().all(|(i, s)| *s == i.to_string()));
    drop(reader);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_sees_what_one_asked_for_and_may() {
    let world = World::start().await;
    let founder = world.token("founder@group");
    let north = world.token("operator@team:energy/north");
    let manager = world.token("unit_manager@unit:energy");
    let finance = world.token("unit_manager@unit:finance");
    let mut all = Reader::open(&world, &founder, "", None).await;
    let mut typed = Reader::open(&world, &founder, "?type=com.nqba.energy.*", None).await;
    let mut listed =
        Reader::open(&world, &founder, "?types=com.nqba.x.*,com.nqba.identity.user.changed.v1", None).await;
    let mut about = Reader::open(&world, &founder, "?subject=s2", None).await;
    let mut team = Reader::open(&world, &north, "", None).await;
    let mut unit = Reader::open(&world, &manager, "", None).await;
    let mut none = Reader::open(&world, &finance, "", None).await;
    let user = new_id();
    world.publish(&world.identity_db, &UserChanged { user_id: user, change: "created".into(), enabled: true }).await;
    let head = || async { world.rt.runtime.bus.head().await.unwrap() };
    eventually(Duration::from_secs(5), || async { head().await == 1 }).await;
    for event in [site("s1", None), site("s2", Some("south")), site("s3", Some("north"))] {
        world.publish(&world.energy_db, &event).await;
    }
    assert_eq!(all.subjects(4).await, [&user.to_string(), "s1", "s2", "s3"]);
    assert_eq!(typed.subjects(3).await, ["s1", "s2", "s3"]);
    assert_eq!(listed.subjects(1).await, [user.to_string()]);
    assert_eq!(about.subjects(1).await, ["s2"]);
    assert_eq!(team.subjects(1).await, ["s3"]);
    assert_eq!(unit.subjects(3).await, ["s1", "s2", "s3"]);
    let nothing = tokio::time::timeout(Duration::from_millis(200), none.event()).await;
    assert!(nothing.is_err(), "another unit's events are not told");
    drop((all, typed, listed, about, team, unit, none));
    world.end().await;
}

async fn a_stream_ends_with_the_right_to_it(world: &World) {
    let mut short = claims("founder@group");
    short.exp = now_us().timestamp() + 2;
    let mut expiring = Reader::open(world, &world.key.sign(&short), "", None).await;
    let signed_in = claims("founder@group");
    let token = world.key.sign(&signed_in);
    let mut ended = Reader::open(world, &token, "", None).await;
    let mut staying = Reader::open(world, &world.token("founder@group"), "?type=com.nqba.energy.*", None).await;
    world.revoke(signed_in.sub, Some(signed_in.sid)).await;
    let began = Instant::now();
    while ended.event().await.is_some() {}
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    while expiring.event().await.is_some() {}
    assert!(now_us().timestamp() - short.exp <= 1, "at its expiry");
    world.publish(&world.energy_db, &site("s", None)).await;
    assert_eq!(staying.subjects(1).await, ["s"]);
    // The end of the process is the end of every stream; nothing waits for the readers.
    world.rt.runtime.stop.cancel();
    assert!(tokio::time::timeout(Duration::from_secs(1), staying.event()).await.unwrap().is_none());
}
crate::everywhere!(ending, super::a_stream_ends_with_the_right_to_it);

#[tokio::test]
async fn nobody_holds_more_than_a_few_streams() {
    let world = World::start().await;
    let token = world.token("founder@group");
    let mut held = Vec::new();
    for _ in 0..16 {
        held.push(Reader::open(&world, &token, "", None).await);
    }
    let refused = world.get(STREAM, &token).await.expect(429);
    assert_eq!(refused.json()["violated-policies"], json!(["concurrent_streams"]));
    drop(Reader::open(&world, &world.token("founder@group"), "", None).await);
    held.pop();
    Reader::open(&world, &token, "", None).await;
}

#[tokio::test]
async fn a_stream_is_not_for_everybody_and_its_id_must_be_one() {
    let world = World::start().await;
    assert_eq!(world.get_bare(STREAM).await.status, 401);
    let token = world.token("founder@group");
    let asked = as_bearer(request(Method::GET, STREAM), &token).header("last-event-id", "yesterday");
    assert_eq!(world.send(asked.body(Body::empty()).unwrap()).await.status, 422);
    assert_eq!(world.get("/api/v1/events/stream?kind=x", &token).await.status, 422);
}
