import type { CostBreakdown, OptimizationResult } from '@/api/types';
import { moneyFull, quantity } from '@/ui/format';
import { Panel } from '@/ui/Page';
import { CostBars } from './CostBars';
import classes from './plan.module.css';

export type Component = Exclude<keyof CostBreakdown, 'total'>;

export interface Variant {
  key: string;
  label: string;
  hint: string;
  cost: CostBreakdown;
  carbonKg: number;
  peakKw: number;
  feasible: boolean;
}

export const COMPONENTS: { key: Component; label: string; color: string }[] = [
  { key: 'energy', label: 'Energy', color: '--c-energy' },
  { key: 'demand', label: 'Demand', color: '--c-demand' },
  { key: 'fuel', label: 'Fuel', color: '--c-fuel' },
  { key: 'start', label: 'Starts', color: '--c-start' },
  { key: 'wear', label: 'Wear', color: '--c-wear' },
  { key: 'carbon', label: 'Carbon', color: '--c-carbon' },
];

function variantsOf({ dispatch }: OptimizationResult): Variant[] {
  const { none, rule } = dispatch.baselines;
  return [
    {
      key: 'none',
      label: 'No control',
      hint: 'everything as it comes',
      cost: none.cost,
      carbonKg: none.carbon_kg,
      peakKw: none.peak_kw,
      feasible: none.feasible,
    },
    {
      key: 'rule',
      label: 'Rule',
      hint: rule.name.replaceAll('_', ' '),
      cost: rule.cost,
      carbonKg: rule.carbon_kg,
      peakKw: rule.peak_kw,
      feasible: rule.feasible,
    },
    {
      key: 'plan',
      label: 'Plan',
      hint: dispatch.status === 'optimal' ? 'proved optimal' : 'best found in time',
      cost: dispatch.cost,
      carbonKg: dispatch.carbon_kg,
      peakKw: dispatch.peak_kw,
      feasible: true,
    },
  ];
}

/** What the period costs: with the plan, with the rule, with no control; by component. */
export function CostPanel({ result }: { result: OptimizationResult }) {
  const { currency } = result.dispatch;
  const variants = variantsOf(result);
  const shown = COMPONENTS.filter(({ key }) => variants.some(({ cost }) => Math.abs(cost[key]) >= 0.005));
  return (
    <Panel title="Cost" note={`The same period and assets, ${currency}`}>
      <CostBars variants={variants} components={shown} currency={currency} />
      <section className={classes.scroll} aria-label="Cost by component" tabIndex={0}>
        <table className={classes.costs}>
          <caption className="visually-hidden">
            Cost by component with no control, with the rule and with the plan
          </caption>
          <thead>
            <tr>
              <th scope="col">Way</th>
              {shown.map((component) => (
                <th key={component.key} scope="col" className="num" data-component>
                  {component.label}
                </th>
              ))}
              <th scope="col" className="num">
                Total
              </th>
              <th scope="col" className="num">
                Peak
              </th>
              {result.carbon_known && (
                <th scope="col" className="num">
                  CO₂e
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {variants.map((variant) => (
              <tr key={variant.key} data-plan={variant.key === 'plan' || undefined}>
                <th scope="row">
                  {variant.label}
                  <div className="muted small">{variant.hint}</div>
                  {!variant.feasible && (
                    <div className={classes.broken}>breaks a limit: could not be run</div>
                  )}
                </th>
                {shown.map((component) => (
                  <td key={component.key} className="num" data-component>
                    {moneyFull(variant.cost[component.key], currency)}
                  </td>
                ))}
                <td className="num">
                  <strong>{moneyFull(variant.cost.total, currency)}</strong>
                </td>
                <td className="num">{quantity(variant.peakKw, 'kW')}</td>
                {result.carbon_known && <td className="num">{quantity(variant.carbonKg, 'kg')}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Panel>
  );
}
