//! How often somebody may call: per address, and per actor and kind of call.
//!
//! What is answered in headers comes from the decision itself. Memory is bounded: when there is no room for another
//! caller, the newcomers share one quota, which is stricter and never looser.

mod window;

use http::{HeaderMap, HeaderName, HeaderValue};
use metrics::Counter;
use nqba_core::{Code, Error};
use nqba_runtime::{config::Limits as Settings, web::spec::RateClass};
use parking_lot::Mutex;
use std::{collections::HashMap, fmt::Write, net::IpAddr, sync::Arc};
use window::Window;

/// Window of every policy, seconds.
const WINDOW_S: u32 = 60;
/// Openings of live streams per actor and minute; a page that reconnects at every fault stays below.
const STREAMS_PER_MINUTE: u32 = 120;
const SHARDS: usize = 16;
/// Callers remembered per policy.
const MAX_CALLERS: usize = 65_536;

/// Tells the time in whole seconds, never backwards.
pub(crate) type Seconds = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The process's own seconds.
pub(crate) fn seconds() -> Seconds {
    let start = std::time::Instant::now();
    Arc::new(move || start.elapsed().as_secs())
}

/// Every policy.
pub(crate) struct Limits {
    address: Policy,
    sign_in: Policy,
    read: Policy,
    write: Policy,
    solve: Policy,
    stream: Policy,
    headers: bool,
}

impl Limits {
    pub(crate) fn new(settings: &Settings, seconds: &Seconds) -> Self {
        let policy = |name, quota| Policy::new(name, quota, MAX_CALLERS, Arc::clone(seconds));
        Self {
            address: policy("ip", settings.ip_per_minute),
            sign_in: policy("sign_in", settings.sign_in_per_minute),
            read: policy("read", settings.actor_read_per_minute),
            write: policy("write", settings.actor_write_per_minute),
            solve: policy("solve", settings.actor_solve_per_minute),
            stream: policy("stream", STREAMS_PER_MINUTE),
            headers: settings.headers,
        }
    }

    /// Counts a call of this address.
    ///
    /// # Errors
    /// `rate_limited`.
    pub(crate) fn by_address(&self, ip: IpAddr, told: &mut Told) -> Result<(), Error> {
        self.address.count(address_key(ip), told)
    }

    /// Counts a call of this kind by this caller.
    ///
    /// # Errors
    /// `rate_limited`.
    pub(crate) fn by_caller(&self, class: RateClass, caller: u128, told: &mut Told) -> Result<(), Error> {
        let policy = match class {
            RateClass::Read => &self.read,
            RateClass::Write => &self.write,
            RateClass::Solve => &self.solve,
            RateClass::SignIn => &self.sign_in,
            RateClass::Stream => &self.stream,
        };
        policy.count(caller, told)
    }

    /// States the decisions.
    pub(crate) fn tell(&self, told: &Told, headers: &mut HeaderMap) {
        if !self.headers || told.count == 0 {
            return;
        }
        let (mut policies, mut state) = (String::with_capacity(64), String::with_capacity(64));
        for decision in told.decisions() {
            if !policies.is_empty() {
                policies.push_str(", ");
                state.push_str(", ");
            }
            let Decision { name, quota, remaining, reset_s } = decision;
            // Writing to a string does not fail.
            let _ = write!(policies, "\"{name}\";q={quota};w={WINDOW_S}");
            let _ = write!(state, "\"{name}\";r={remaining};t={reset_s}");
        }
        for (name, text) in [("ratelimit-policy", policies), ("ratelimit", state)] {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

/// An address as a caller: IPv6 clients have a /64 each and count as one.
pub(crate) fn address_key(ip: IpAddr) -> u128 {
    match ip.to_canonical() {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6) >> 64 << 64,
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Decision {
    name: &'static str,
    quota: u32,
    remaining: u32,
    reset_s: u64,
}

/// The decisions that were made on a call.
#[derive(Debug, Default)]
pub(crate) struct Told {
    all: [Decision; 2],
    count: usize,
}

impl Told {
    fn decisions(&self) -> &[Decision] {
        &self.all[..self.count]
    }
    fn add(&mut self, decision: Decision) {
        if let Some(place) = self.all.get_mut(self.count) {
            *place = decision;
            self.count += 1;
        }
    }
}

/// One policy and whom it remembers.
struct Policy {
    name: &'static str,
    quota: u32,
    shards: Vec<Mutex<Shard>>,
    /// Shared by callers for whom there was no room.
    crowd: Mutex<Window>,
    room: usize,
    seconds: Seconds,
    accepted: Counter,
    refused: Counter,
}

#[derive(Default)]
struct Shard {
    callers: HashMap<u128, Window>,
    swept_s: Option<u64>,
}

impl Policy {
    fn new(name: &'static str, quota: u32, max_callers: usize, seconds: Seconds) -> Self {
        let counter = |decision: &'static str| metrics::counter!("nqba_ratelimit_decisions_total", "policy" => name, "decision" => decision);
        Self {
            name,
            quota,
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            crowd: Mutex::new(Window::new()),
            room: (max_callers / SHARDS).max(1),
            seconds,
            accepted: counter("accepted"),
            refused: counter("refused"),
        }
    }

    fn count(&self, caller: u128, told: &mut Told) -> Result<(), Error> {
        let taken = self.take(caller);
        told.add(Decision { name: self.name, quota: self.quota, remaining: taken.remaining, reset_s: taken.reset_s });
        if taken.accepted {
            self.accepted.increment(1);
            return Ok(());
        }
        self.refused.increment(1);
        let text = format!(
            "At most {} calls of this kind are taken in {WINDOW_S} seconds; come back in {} s.",
            self.quota, taken.reset_s
        );
        Err(Error::new(Code::RateLimited, text)
            .retry_after(taken.reset_s.max(1))
            .with_extra(serde_json::json!({ "violated-policies": [self.name] })))
    }

    fn take(&self, caller: u128) -> window::Taken {
        let mut shard = self.shards[place(caller)].lock();
        // Asked while the lock is held, so that calls are counted in the order of their times.
        let now = (self.seconds)();
        if let Some(window) = shard.callers.get_mut(&caller) {
            return window.take(now, self.quota);
        }
        if shard.callers.len() >= self.room && shard.swept_s != Some(now) {
            shard.callers.retain(|_, window| !window.is_idle(now));
            shard.swept_s = Some(now);
        }
        let mut crowd = self.crowd.lock();
        if shard.callers.len() >= self.room {
            return crowd.take(now, self.quota);
        }
        // Who was in the crowd a moment ago has used of its quota; nobody knows how much, so all of it is assumed.
        let mut window = if crowd.is_idle(now) { Window::new() } else { crowd.clone() };
        drop(crowd);
        let taken = window.take(now, self.quota);
        shard.callers.insert(caller, window);
        taken
    }
}

/// Addresses differ in their high bits (IPv6) or low ones (IPv4, ids): both are folded in.
fn place(caller: u128) -> usize {
    let folded = (caller >> 64) as u64 ^ caller as u64;
    (folded.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 60) as usize % SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn ticking() -> (Arc<AtomicU64>, Seconds) {
        let clock = Arc::new(AtomicU64::new(1000));
        let read = Arc::clone(&clock);
        (clock, Arc::new(move || read.load(Ordering::Relaxed)))
    }

    #[test]
    fn callers_are_counted_apart_and_ipv6_by_its_network() {
        let (_, seconds) = ticking();
        let policy = Policy::new("ip", 1, 1024, seconds);
        let take = |ip: &str| policy.take(address_key(ip.parse().unwrap())).accepted;
        assert!(take("10.0.0.1") && !take("10.0.0.1") && take("10.0.0.2"));
        assert!(!take("::ffff:10.0.0.2"), "an IPv4 address that came over an IPv6 socket");
        assert!(take("2001:db8:0:1::1") && !take("2001:db8:0:1:ffff::2") && take("2001:db8:0:2::1"));
    }

    #[test]
    fn memory_is_bounded_and_idle_callers_make_room() {
        let (clock, seconds) = ticking();
        let policy = Policy::new("ip", 2, SHARDS * 4, seconds);
        let known = || policy.shards.iter().map(|s| s.lock().callers.len()).sum::<usize>();
        for caller in 0..10_000 {
            policy.take(caller);
        }
        assert!(known() <= SHARDS * 4, "{} callers", known());
        clock.fetch_add(61, Ordering::Relaxed);
        assert!(policy.take(77_777).accepted, "the idle ones have made room");
    }

    #[test]
    fn headers_say_what_was_decided() {
        let (_, seconds) = ticking();
        let flags: [(&str, serde_json::Value); 1] = [("limits.actor_read_per_minute", 7.into())];
        let settings = nqba_runtime::config::Settings::load(None, std::iter::empty(), &flags).unwrap().limits;
        let limits = Limits::new(&settings, &seconds);
        let mut told = Told::default();
        limits.by_address("10.0.0.1".parse().unwrap(), &mut told).unwrap();
        limits.by_caller(RateClass::Read, 5, &mut told).unwrap();
        let mut headers = HeaderMap::new();
        limits.tell(&told, &mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"ip\";q=12000;w=60, \"read\";q=7;w=60");
        assert_eq!(headers["ratelimit"], "\"ip\";r=11999;t=61, \"read\";r=6;t=61");
    }

    proptest! {
        /// Many callers and little room, so that they wander between the crowd and windows of their own: none gets
        /// more than its quota in any minute.
        #[test]
        fn a_crowd_lets_nobody_through_more_often(
            calls in prop::collection::vec((0..40_u128, 0..20_u64), 1..600),
        ) {
            let (clock, seconds) = ticking();
            let policy = Policy::new("ip", 3, SHARDS, seconds);
            let mut accepted: HashMap<u128, Vec<u64>> = HashMap::new();
            for (caller, pause) in calls {
                let now = clock.fetch_add(pause, Ordering::Relaxed) + pause;
                if policy.take(caller).accepted {
                    accepted.entry(caller).or_default().push(now);
                }
            }
            for times in accepted.values() {
                for (i, first) in times.iter().enumerate() {
                    prop_assert!(times[i..].iter().filter(|t| **t - first <= 60).count() <= 3);
                }
            }
        }
    }
}
