import type { Optimization, OptimizationResult, Site } from '@/api/types';
import { Ago } from '@/ui/Ago';
import { Status } from '@/ui/controls';
import { count, duration, full, money, moneyFull, percent, quantity } from '@/ui/format';
import { Figures } from '@/ui/Page';
import { askedText } from './asked';
import classes from './plan.module.css';

/** What the saving is measured against. A share says little of a cost near zero: then it is left out. */
function against(way: string, saving: number, base: number, currency: string): string {
  const share = base > Math.abs(saving) * 0.05 && base > 1 ? `${percent(saving / base)}; ` : '';
  return `${share}${way} costs ${moneyFull(base, currency)}`;
}

function gapText(gap: number): string {
  return gap < 1e-6 ? 'no gap' : `gap ${percent(gap, 3)}`;
}

export function PlanFigures({
  site,
  run,
  result,
}: {
  site: Site;
  run: Optimization;
  result: OptimizationResult;
}) {
  const { dispatch } = result;
  const { currency, savings, baselines } = dispatch;
  const proved = dispatch.status === 'optimal';
  const tone = (value: number) => (value > 0.005 ? 'good' : value < -0.005 ? 'bad' : undefined);
  const charge =
    dispatch.cost.demand > 0
      ? `, with ${money(dispatch.cost.demand, currency)} of the month's demand charge`
      : '';
  const side =
    result.carbon_known && dispatch.carbon_kg !== undefined
      ? [
          {
            label: 'Carbon',
            value: quantity(dispatch.carbon_kg, 'kg'),
            title: full(dispatch.carbon_kg, 'kg CO₂e'),
            note: `CO₂e; no control ${quantity(baselines.none.carbon_kg, 'kg')}`,
          },
        ]
      : [];
  return (
    <>
      <div className={classes.facts}>
        <Status tone={proved ? 'good' : 'warning'} icon={proved ? 'check' : 'clock'}>
          {proved ? 'Optimal' : 'Best found in time'}
        </Status>
        <span>
          {gapText(dispatch.rel_gap)}, solved in {duration(dispatch.solve_ms)}
        </span>
        <span>{askedText(run, site)}</span>
        <span>
          planned <Ago time={run.ended_at} zone={site.time_zone} />
        </span>
      </div>
      <Figures
        items={[
          {
            label: 'Saved against no control',
            value: money(savings.vs_none, currency),
            title: moneyFull(savings.vs_none, currency),
            note: against('no control', savings.vs_none, baselines.none.cost.total, currency),
            tone: tone(savings.vs_none),
          },
          {
            label: 'Saved against the rule',
            value: money(savings.vs_rule, currency),
            title: moneyFull(savings.vs_rule, currency),
            note: against('the rule', savings.vs_rule, baselines.rule.cost.total, currency),
            tone: tone(savings.vs_rule),
          },
          {
            label: 'Cost of the plan',
            value: money(dispatch.cost.total, currency),
            title: moneyFull(dispatch.cost.total, currency),
            note: `over ${run.request.hours ?? 24} h${charge}`,
          },
          {
            label: 'Highest import',
            value: quantity(dispatch.peak_kw, 'kW'),
            title: full(dispatch.peak_kw, 'kW'),
            note: `no control ${quantity(baselines.none.peak_kw, 'kW')}`,
          },
          ...side,
        ]}
      />
      <p className={classes.hindsight}>
        {result.inputs === 'measured'
          ? 'In hindsight: made from the readings of the period itself, so a forecast would have saved less.'
          : `Inputs: ${result.inputs}.`}
        {result.filled_values > 0 &&
          ` ${count(result.filled_values)} missing values were filled between their neighbours.`}
      </p>
    </>
  );
}
