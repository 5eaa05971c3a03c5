import classes from './chart.module.css';
import type { ChartSeries } from './data';

interface LegendProps {
  series: ChartSeries[];
  index: number | null;
  /** The time at the cursor; null while there is none, undefined where another chart says it. */
  when: string | null | undefined;
  format: (value: number) => string;
}

function Entry({
  each,
  index,
  format,
}: {
  each: ChartSeries;
  index: number | null;
  format: LegendProps['format'];
}) {
  const value = index === null ? null : each.values[index];
  return (
    <span className={classes.entry}>
      <span
        className={classes.swatch}
        data-line={each.kind === 'steps' || each.kind === 'line' || undefined}
        style={{ background: `var(${each.color})` }}
      />
      {each.label}
      <span className={classes.value}>{value === null || value === undefined ? '' : format(value)}</span>
    </span>
  );
}

/** What the colours mean and, at the cursor, how much. Its size does not change with the cursor. */
export function Legend({ series, index, when, format }: LegendProps) {
  const up = series.filter((each) => each.kind !== 'down');
  const down = series.filter((each) => each.kind === 'down');
  return (
    <div className={classes.legend}>
      <div className={classes.entries}>
        {down.length > 0 && <span className={classes.side}>From ▲</span>}
        {up.map((each) => (
          <Entry key={each.key} each={each} index={index} format={format} />
        ))}
      </div>
      {down.length > 0 && (
        <div className={classes.entries}>
          <span className={classes.side}>To ▼</span>
          {down.map((each) => (
            <Entry key={each.key} each={each} index={index} format={format} />
          ))}
        </div>
      )}
      {when !== undefined && (
        <div className={classes.when}>
          {when ?? 'Point at the chart for values; drag to zoom, double click to reset.'}
        </div>
      )}
    </div>
  );
}
