import { money, moneyFull } from '@/ui/format';
import type { COMPONENTS, Variant } from './CostPanel';
import classes from './plan.module.css';

interface CostBarsProps {
  variants: Variant[];
  components: typeof COMPONENTS;
  currency: string;
}

/** One bar a way; what is earned lies left of zero. */
export function CostBars({ variants, components, currency }: CostBarsProps) {
  const side = (variant: Variant, sign: 1 | -1) =>
    components.reduce((sum, { key }) => sum + Math.max(0, sign * variant.cost[key]), 0);
  const left = Math.max(...variants.map((variant) => side(variant, -1)));
  const right = Math.max(...variants.map((variant) => side(variant, 1)));
  const span = left + right || 1;
  const zero = (left / span) * 100;

  const parts = (variant: Variant, sign: 1 | -1) => {
    let at = zero;
    return components
      .filter(({ key }) => sign * variant.cost[key] > 0)
      .map(({ key, label, color }) => {
        const width = (Math.abs(variant.cost[key]) / span) * 100;
        const x = sign > 0 ? at : at - width;
        at += sign * width;
        return (
          <span
            key={key}
            className={classes.part}
            style={{ left: `${x}%`, width: `${width}%`, background: `var(${color})` }}
            title={`${label} ${moneyFull(variant.cost[key], currency)}`}
          />
        );
      });
  };

  return (
    <div className={classes.bars} aria-hidden="true">
      {variants.map((variant) => (
        <div key={variant.key} className={classes.bar}>
          <span className={classes.barLabel}>{variant.label}</span>
          <span className={classes.barTrack}>
            {parts(variant, -1)}
            {parts(variant, 1)}
            {left > 0 && <span className={classes.zero} style={{ left: `${zero}%` }} />}
          </span>
          <span className={classes.barValue}>{money(variant.cost.total, currency)}</span>
        </div>
      ))}
      <div className={classes.barKey}>
        {components.map(({ key, label, color }) => (
          <span key={key}>
            <span className={classes.keySwatch} style={{ background: `var(${color})` }} /> {label}
          </span>
        ))}
      </div>
    </div>
  );
}
