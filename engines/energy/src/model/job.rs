//! Jobs: exactly one start in the window; precedence between cumulative starts, step by step (tighter than on sums).

use super::{AssetCols, Model, SlackKind, Terms};
use crate::problem::{AssetKind, Job};
use highs::Col;

impl Model<'_> {
    pub(super) fn job(&mut self, s: usize, i: usize, j: &Job) -> AssetCols {
        let mut starts = Vec::new();
        for start in j.earliest_start_step..=j.latest_start_step() {
            let x = self.binary(0.0, 0.0..=1.0);
            for (k, kw) in j.profile_kw.iter().enumerate().filter(|(_, kw)| **kw != 0.0) {
                self.supply(start + k, x, -kw);
            }
            starts.push((start, x));
        }
        let mut once: Terms = starts.iter().map(|(_, x)| (*x, 1.0)).collect();
        let energy: f64 = j.profile_kw.iter().sum::<f64>() * self.problem.step_hours;
        once.extend(self.slack(s, Some(i), SlackKind::Job, j.earliest_start_step, energy.max(1.0)).map(|c| (c, 1.0)));
        self.equal(1.0, &once);
        AssetCols::Job { starts }
    }

    /// Whoever has started by `t` waited for one who had started by `t − length − gap`.
    pub(super) fn precedences(&mut self) {
        for p in &self.problem.precedences {
            let (Some((before, length)), Some((after, _))) = (self.starts_of(&p.before), self.starts_of(&p.after))
            else {
                continue;
            };
            let dropped = self.slacks.iter().flatten().find(|k| {
                k.kind == SlackKind::Job && k.asset.is_some_and(|a| self.problem.sites[k.site].assets[a].id == p.before)
            });
            let dropped = dropped.map(|k| k.col);
            for (t, _) in &after {
                let mut row: Terms = after.iter().take_while(|(s, _)| s <= t).map(|(_, x)| (*x, 1.0)).collect();
                let by = t.checked_sub(length + p.min_gap_steps);
                row.extend(before.iter().filter(|(s, _)| by.is_some_and(|by| *s <= by)).map(|(_, x)| (*x, -1.0)));
                row.extend(dropped.map(|c| (c, -1.0)));
                self.at_most(0.0, &row);
            }
        }
    }

    /// The starts of a job, and the length of its profile in steps.
    fn starts_of(&self, id: &str) -> Option<(Vec<(usize, Col)>, usize)> {
        self.problem.sites.iter().zip(&self.sites).find_map(|(site, cols)| {
            site.assets.iter().zip(&cols.assets).find_map(|(asset, cols)| match (&asset.kind, cols) {
                (AssetKind::Job(j), AssetCols::Job { starts }) if asset.id == id => {
                    Some((starts.clone(), j.profile_kw.len()))
                }
                _ => None,
            })
        })
    }
}
