//! Battery: content from step to step, bounds, end, and charge excluding discharge where told.

use super::{AssetCols, Exclusive, Model, SlackKind};
use crate::problem::{Battery, FinalOp};

impl Model<'_> {
    pub(super) fn battery(&mut self, s: usize, i: usize, b: &Battery, exclusive: &Exclusive) -> AssetCols {
        let (h, steps) = (self.problem.step_hours, self.problem.steps);
        let wear = h * b.wear_cost_per_kwh_discharged * self.problem.objective.money();
        let (mut charge, mut discharge, mut before) = (Vec::new(), Vec::new(), None);
        for t in 0..steps {
            let c = self.column(0.0, 0.0..=b.charge_max_kw);
            let d = self.column(wear, 0.0..=b.discharge_max_kw);
            let e = self.column(0.0, b.soc_min_kwh..=b.soc_max_kwh);
            self.supply(t, c, -1.0);
            self.supply(t, d, 1.0);
            let flow = [(e, 1.0), (c, -h * b.eta_charge), (d, h / b.eta_discharge)];
            match before {
                None => self.equal(b.soc_initial_kwh, &flow),
                Some(last) => self.equal(0.0, &[flow[0], flow[1], flow[2], (last, -1.0)]),
            }
            if exclusive.battery.contains(&(s, i, t)) && b.charge_max_kw > 0.0 && b.discharge_max_kw > 0.0 {
                let z = self.binary(0.0, 0.0..=1.0);
                self.at_most(0.0, &[(c, 1.0), (z, -b.charge_max_kw)]);
                self.at_most(b.discharge_max_kw, &[(d, 1.0), (z, b.discharge_max_kw)]);
            }
            charge.push(c);
            discharge.push(d);
            before = Some(e);
        }
        if let Some(last) = before {
            let mut terms = vec![(last, 1.0)];
            terms.extend(self.slack(s, Some(i), SlackKind::SocShort, steps - 1, 1.0).map(|c| (c, 1.0)));
            match b.soc_final_op {
                FinalOp::Equal => {
                    terms.extend(self.slack(s, Some(i), SlackKind::SocOver, steps - 1, 1.0).map(|c| (c, -1.0)));
                    self.equal(b.soc_final_kwh, &terms);
                }
                FinalOp::AtLeast => {
                    self.lp.add_row(b.soc_final_kwh.., &terms);
                }
            }
        }
        AssetCols::Battery { charge, discharge }
    }
}
