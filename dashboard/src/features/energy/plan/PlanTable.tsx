import type { OptimizationResult } from '@/api/types';
import { dateText, timeText } from '@/ui/zone';
import classes from './plan.module.css';
import { columnsOf } from './series';

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 4, maximumSignificantDigits: 5 });

/** Every value of the plan. */
export function PlanTable({
  result,
  times,
  zone,
}: {
  result: OptimizationResult;
  times: number[];
  zone: string;
}) {
  const columns = columnsOf(result);
  return (
    <section className={classes.planTable} aria-label="Plan by step" tabIndex={0}>
      <table className={classes.costs}>
        <caption className="visually-hidden">Plan by step, times in {zone}</caption>
        <thead>
          <tr>
            <th scope="col">Start ({zone})</th>
            {columns.map((column) => (
              <th key={column.header} scope="col" className="num">
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((time, t) => (
            <tr key={time}>
              <th scope="row">
                {dateText(time * 1000, zone)} {timeText(time * 1000, zone)}
              </th>
              {columns.map((column) => {
                const value = column.values[t];
                return (
                  <td key={column.header} className="num">
                    {value === null || value === undefined ? '' : number.format(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
