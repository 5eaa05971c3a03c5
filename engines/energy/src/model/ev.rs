//! Charging session: power between arrival and departure, zero or above a minimum, energy by departure.

use super::{AssetCols, Model, SlackKind};
use crate::problem::Ev;

impl Model<'_> {
    pub(super) fn ev(&mut self, s: usize, i: usize, e: &Ev) -> AssetCols {
        let h = self.problem.step_hours;
        let (mut power, mut energy) = (Vec::new(), Vec::new());
        let mut on = Vec::new();
        for t in e.arrive_step..e.depart_step {
            let p = self.column(0.0, 0.0..=e.charge_max_kw);
            self.supply(t, p, -1.0);
            if e.charge_min_kw > 0.0 {
                let u = self.binary(0.0, 0.0..=1.0);
                self.at_most(0.0, &[(p, 1.0), (u, -e.charge_max_kw)]);
                self.at_most(0.0, &[(p, -1.0), (u, e.charge_min_kw)]);
                on.push((u, 1.0));
            }
            power.push(p);
            energy.push((p, h * e.eta_charge));
        }
        if !on.is_empty() && self.slacks.is_none() {
            // How many steps it must at least and can at most be on: cuts that the solver would have to find.
            let whole = e.energy_required_kwh / (h * e.eta_charge);
            let least = (whole / e.charge_max_kw.max(1e-9) - 1e-6).ceil().max(0.0);
            let most = (whole / e.charge_min_kw + 1e-6).floor();
            self.lp.add_row(least..=most.max(least), &on);
        }
        let weight = 1.0;
        energy.extend(self.slack(s, Some(i), SlackKind::EvEnergy, e.depart_step - 1, weight).map(|c| (c, 1.0)));
        self.equal(e.energy_required_kwh, &energy);
        AssetCols::Ev { power }
    }
}
