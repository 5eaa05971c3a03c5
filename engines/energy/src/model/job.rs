//! Jobs: exactly one start in the window, by binaries that say "started by this step". Against binaries per start they
//! keep the rows short (a precedence is two terms) and branch evenly; the relaxation is the same. After Pritsker and
//! Watters' step formulation of resource-constrained scheduling.

use super::{AssetCols, Model, SlackKind, Terms};
use crate::problem::{AssetKind, Job};
use highs::Col;

/// Whether a job has started by the end of a step.
#[derive(Debug, Clone)]
pub(crate) struct JobCols {
    first: usize,
    last: usize,
    /// Steps `first..last`; the elastic copy has one for `last` too, zero when the job is dropped.
    started: Vec<Col>,
    /// The elastic copy's column by which it is dropped.
    dropped: Option<Col>,
}

/// Started by a step: certainly, never, or as a column says.
enum By {
    Never,
    Told(Col),
    Certain,
}

impl JobCols {
    fn by(&self, t: usize) -> By {
        match t.min(self.last).checked_sub(self.first) {
            None => By::Never,
            Some(k) => self.started.get(k).map_or(By::Certain, |c| By::Told(*c)),
        }
    }

    /// The start that the values mean; `None` when the job is dropped.
    pub(crate) fn start(&self, values: &[f64]) -> Option<usize> {
        match self.started.iter().position(|c| values[c.index()] > 0.5) {
            Some(k) => Some(self.first + k),
            None => self.dropped.is_none().then_some(self.last),
        }
    }
}

impl Model<'_> {
    pub(super) fn job(&mut self, s: usize, i: usize, j: &Job) -> AssetCols {
        let (first, last) = (j.earliest_start_step, j.latest_start_step());
        let mut job = JobCols { first, last, started: Vec::new(), dropped: None };
        let told = if self.slacks.is_some() { last + 1 } else { last };
        job.started = (first..told).map(|_| self.binary(0.0, 0.0..=1.0)).collect();
        for pair in job.started.windows(2) {
            self.at_most(0.0, &[(pair[0], 1.0), (pair[1], -1.0)]);
        }
        let energy: f64 = j.profile_kw.iter().sum::<f64>() * self.problem.step_hours;
        job.dropped = self.slack(s, Some(i), SlackKind::Job, first, energy.max(1.0));
        if let (Some(dropped), Some(ran)) = (job.dropped, job.started.last()) {
            self.equal(1.0, &[(dropped, 1.0), (*ran, 1.0)]);
        }
        // It starts in `k` when it has by `k` but not by `k − 1`, so "by `k`" turns the profile from `k` on, and takes
        // back the one from `k + 1` on.
        let profile = |k: usize| j.profile_kw.get(k).copied().unwrap_or(0.0);
        for k in first..=last {
            for t in k..=k + j.profile_kw.len() {
                let instead = if k < last && t > k { profile(t - k - 1) } else { 0.0 };
                let factor = instead - profile(t - k);
                match job.by(k) {
                    _ if factor == 0.0 => {}
                    By::Told(col) => self.supply(t, col, factor),
                    _ => self.drawn[t] -= factor,
                }
            }
        }
        AssetCols::Job(job)
    }

    /// Whoever has started by `t` waited for one who had started by `t − length − gap`.
    pub(super) fn precedences(&mut self) {
        for p in &self.problem.precedences {
            let (Some((before, length)), Some((after, _))) = (self.job_of(&p.before), self.job_of(&p.after)) else {
                continue;
            };
            for t in after.first..=after.last {
                let mut row = Terms::new();
                let mut limit = 0.0;
                match after.by(t) {
                    By::Told(col) => row.push((col, 1.0)),
                    _ => limit -= 1.0,
                }
                match t.checked_sub(length + p.min_gap_steps).map_or(By::Never, |t| before.by(t)) {
                    By::Told(col) => row.push((col, -1.0)),
                    By::Certain => continue,
                    By::Never => {}
                }
                // Nobody waits for a job that is dropped.
                row.extend(before.dropped.map(|c| (c, -1.0)));
                self.at_most(limit, &row);
            }
        }
    }

    /// A job's columns, and the length of its profile in steps.
    fn job_of(&self, id: &str) -> Option<(JobCols, usize)> {
        self.problem.sites.iter().zip(&self.sites).find_map(|(site, cols)| {
            site.assets.iter().zip(&cols.assets).find_map(|(asset, cols)| match (&asset.kind, cols) {
                (AssetKind::Job(j), AssetCols::Job(job)) if asset.id == id => Some((job.clone(), j.profile_kw.len())),
                _ => None,
            })
        })
    }
}
