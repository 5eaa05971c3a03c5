//! Thermal storage and what feeds it.

use super::{AssetCols, Model, SlackKind, Terms};
use crate::problem::{AssetKind, FinalOp, HeatSource, ThermalStorage};
use highs::Col;

impl Model<'_> {
    pub(super) fn heat_source(&mut self, x: &HeatSource) -> Vec<Col> {
        (0..self.problem.steps)
            .map(|t| {
                let p = self.column(0.0, 0.0..=x.power_max_kw);
                self.supply(t, p, -1.0);
                p
            })
            .collect()
    }

    /// `e[t] = keep·e[t−1] + h·(Σ heat − demand)`. Content columns only: sources may stand before or after the tank,
    /// so its rows are added once all of the site's columns exist.
    pub(super) fn tank(&mut self, s: usize, i: usize, id: &str, tank: &ThermalStorage) -> AssetCols {
        let (h, steps) = (self.problem.step_hours, self.problem.steps);
        let keep = tank.keep(h);
        let content: Vec<Col> = (0..steps).map(|_| self.column(0.0, 0.0..=tank.capacity_kwh)).collect();
        let mut rows: Vec<Terms> = Vec::with_capacity(steps);
        for t in 0..steps {
            let mut row = vec![(content[t], 1.0)];
            if t > 0 {
                row.push((content[t - 1], -keep));
            }
            row.extend(self.slack(s, Some(i), SlackKind::Heat, t, h).map(|c| (c, -h)));
            rows.push(row);
        }
        let mut end = vec![(content[steps - 1], 1.0)];
        end.extend(self.slack(s, Some(i), SlackKind::TankShort, steps - 1, 1.0).map(|c| (c, 1.0)));
        match tank.final_op {
            FinalOp::AtLeast => {
                self.lp.add_row(tank.final_kwh.., &end);
            }
            FinalOp::Equal => {
                end.extend(self.slack(s, Some(i), SlackKind::TankOver, steps - 1, 1.0).map(|c| (c, -1.0)));
                self.equal(tank.final_kwh, &end);
            }
        }
        self.open_tanks.push((id.to_owned(), rows));
        AssetCols::None
    }

    /// The tanks' rows, with their sources' heat.
    pub(super) fn close_tanks(&mut self, s: usize, assets: &[AssetCols]) {
        let (h, site) = (self.problem.step_hours, &self.problem.sites[s]);
        for (id, mut rows) in std::mem::take(&mut self.open_tanks) {
            let Some(tank) = site.assets.iter().find_map(|a| match &a.kind {
                AssetKind::ThermalStorage(tank) if a.id == id => Some(tank),
                _ => None,
            }) else {
                continue;
            };
            for (asset, cols) in site.assets.iter().zip(assets) {
                if let (AssetKind::HeatSource(x), AssetCols::Heat(power)) = (&asset.kind, cols)
                    && x.tank == id
                {
                    for (t, p) in power.iter().enumerate() {
                        rows[t].push((*p, -h * x.heat_per_kwh[t]));
                    }
                }
            }
            for (t, row) in rows.iter().enumerate() {
                let carried = if t == 0 { tank.keep(h) * tank.initial_kwh } else { 0.0 };
                self.equal(carried - h * tank.demand_kw_th[t], row);
            }
        }
    }
}
