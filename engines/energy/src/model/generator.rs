//! Generator: on or off with minimum times (Rajan and Takriti's turn-on inequalities), start cost, power range.

use super::{AssetCols, Model};
use crate::problem::Generator;

impl Model<'_> {
    pub(super) fn generator(&mut self, g: &Generator) -> AssetCols {
        let (h, steps, o) = (self.problem.step_hours, self.problem.steps, self.problem.objective);
        let per_kwh = o.money() * g.fuel_cost_per_kwh + o.carbon() * g.carbon_kg_per_kwh;
        let held = g.held_off_steps();
        let power: Vec<_> = (0..steps)
            .map(|t| {
                let p = self.column(h * per_kwh, 0.0..=if t < held { 0.0 } else { g.power_max_kw });
                self.supply(t, p, 1.0);
                p
            })
            .collect();
        let timed = g.start_cost > 0.0 || g.min_up_steps > 1 || g.min_down_steps > 1;
        if !timed && g.power_min_kw <= 0.0 {
            return AssetCols::Generator { power, on: None };
        }
        let on: Vec<_> = (0..steps).map(|t| self.binary(0.0, 0.0..=if t < held { 0.0 } else { 1.0 })).collect();
        for (p, u) in power.iter().zip(&on) {
            self.at_most(0.0, &[(*p, 1.0), (*u, -g.power_max_kw)]);
            self.at_most(0.0, &[(*p, -1.0), (*u, g.power_min_kw)]);
        }
        if timed {
            self.minimum_times(g, &on);
        }
        AssetCols::Generator { power, on: Some(on) }
    }

    /// `v` starts and `w` stops: `u[t] − u[t−1] = v[t] − w[t]`; within a minimum time of a start it is on, of a stop off.
    fn minimum_times(&mut self, g: &Generator, on: &[highs::Col]) {
        let before = if g.initial_on { 1.0 } else { 0.0 };
        let start_cost = g.start_cost * self.problem.objective.money();
        let (mut starts, mut stops) = (Vec::new(), Vec::new());
        for (t, u) in on.iter().enumerate() {
            let v = self.column(start_cost, 0.0..=1.0);
            let w = self.column(0.0, 0.0..=1.0);
            let mut row = vec![(*u, 1.0), (v, -1.0), (w, 1.0)];
            if t > 0 {
                row.push((on[t - 1], -1.0));
            }
            self.equal(if t > 0 { 0.0 } else { before }, &row);
            starts.push(v);
            stops.push(w);
            let window = |n: usize| t.saturating_sub(n.max(1) - 1)..=t;
            let mut up: Vec<_> = window(g.min_up_steps).map(|k| (starts[k], 1.0)).collect();
            up.push((*u, -1.0));
            self.at_most(0.0, &up);
            let mut down: Vec<_> = window(g.min_down_steps).map(|k| (stops[k], 1.0)).collect();
            down.push((*u, 1.0));
            self.at_most(1.0, &down);
        }
    }
}
