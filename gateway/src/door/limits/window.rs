//! One limit's memory of one caller: calls of the last minute, by the second.
//!
//! Counted over 61 whole seconds, which hold any 60 seconds within them: in no sliding minute are more than the quota
//! let in. What that costs is that a call may come back up to a second later than it strictly might.

/// Seconds remembered.
const SECONDS: usize = 61;

/// Calls of the last minute.
#[derive(Clone)]
pub(super) struct Window {
    counts: [u32; SECONDS],
    newest: u64,
    total: u32,
}

/// What a window says of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) accepted: bool,
    /// Calls that are left.
    pub(super) remaining: u32,
    /// In how many seconds more are left again; 0 when none was taken.
    pub(super) reset_s: u64,
}

impl Window {
    pub(super) fn new() -> Self {
        Self { counts: [0; SECONDS], newest: 0, total: 0 }
    }

    /// Whether it remembers nothing any more.
    pub(super) fn is_idle(&self, now_s: u64) -> bool {
        self.total == 0 || now_s >= self.newest + SECONDS as u64
    }

    /// Asks for one call within the quota.
    pub(super) fn take(&mut self, now_s: u64, quota: u32) -> Taken {
        self.advance(now_s);
        let accepted = self.total < quota;
        if accepted {
            self.counts[place(self.newest)] += 1;
            self.total += 1;
        }
        Taken { accepted, remaining: quota - self.total, reset_s: self.reset_s() }
    }

    fn advance(&mut self, now_s: u64) {
        // A clock that goes back changes nothing: the newest second stays the present one.
        let passed = now_s.saturating_sub(self.newest);
        if passed >= SECONDS as u64 {
            *self = Self { counts: [0; SECONDS], newest: now_s, total: 0 };
            return;
        }
        for _ in 0..passed {
            self.newest += 1;
            self.total -= std::mem::take(&mut self.counts[place(self.newest)]);
        }
    }

    fn reset_s(&self) -> u64 {
        let span = SECONDS as u64;
        // The oldest second stands right after the newest in the ring.
        (1..=span).find(|i| self.counts[place(self.newest + i)] > 0).unwrap_or(0)
    }
}

fn place(second: u64) -> usize {
    (second % SECONDS as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_full_window_says_when_to_come_back() {
        let mut window = Window::new();
        assert_eq!(window.take(100, 2), Taken { accepted: true, remaining: 1, reset_s: 61 });
        assert_eq!(window.take(110, 2), Taken { accepted: true, remaining: 0, reset_s: 51 });
        let refused = window.take(130, 2);
        assert_eq!(refused, Taken { accepted: false, remaining: 0, reset_s: 31 });
        assert!(!window.clone().take(130 + refused.reset_s - 1, 2).accepted);
        assert!(window.take(130 + refused.reset_s, 2).accepted);
        assert!(!window.is_idle(171) && window.is_idle(161 + 61));
    }

    proptest! {
        /// Calls at any moments (milliseconds apart), any quota: no sliding minute holds more than the quota, and a
        /// caller that keeps well below it is never refused.
        #[test]
        fn no_sliding_minute_holds_more_than_the_quota(
            gaps in prop::collection::vec(prop_oneof![0..50_u64, 0..3_000_u64, 0..90_000_u64], 1..400),
            quota in 1..40_u32,
            start in 0..1_000_000_u64,
        ) {
            let mut window = Window::new();
            let (mut now, mut accepted) = (start, Vec::new());
            for gap in gaps {
                now += gap;
                let before = accepted.iter().filter(|t| now - **t < 61_000).count();
                let taken = window.take(now / 1000, quota);
                prop_assert!(taken.accepted || before as u32 >= quota, "refused at {now} with {before} of {quota}");
                if taken.accepted {
                    accepted.push(now);
                }
            }
            for (i, first) in accepted.iter().enumerate() {
                let within = accepted[i..].iter().filter(|t| **t - first < 60_000).count();
                prop_assert!(within as u32 <= quota, "{within} calls within 60 s, quota {quota}");
            }
        }
    }
}
