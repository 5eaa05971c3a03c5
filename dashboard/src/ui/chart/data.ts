// Turns named series into what uPlot draws.
import type uPlot from 'uplot';

export interface ChartSeries {
  key: string;
  label: string;
  /** Name of the CSS variable. */
  color: string;
  values: (number | null)[];
  /** `up` and `down` are areas stacked away from zero. */
  kind: 'up' | 'down' | 'steps' | 'line';
}

export interface ChartInput {
  /** Starts of the intervals, seconds. */
  times: number[];
  stepS: number;
  series: ChartSeries[];
  /** Values hold at the given times themselves, not over the interval from there. */
  points?: boolean;
}

export interface Drawn {
  series: ChartSeries;
  values: (number | null)[];
}

function stacked(series: ChartSeries[], sign: 1 | -1): Drawn[] {
  const sums: number[] = [];
  const drawn = series.map((each) => ({
    series: each,
    values: each.values.map((value, index) => {
      sums[index] = (sums[index] ?? 0) + (value ?? 0);
      return sign * (sums[index] ?? 0);
    }),
  }));
  // The highest sum first: each lower one is painted over it, down to zero.
  return drawn.reverse();
}

export function drawnOf(input: ChartInput): { x: number[]; drawn: Drawn[] } {
  const of = (kind: ChartSeries['kind']) => input.series.filter((each) => each.kind === kind);
  const lines = input.series.filter((each) => each.kind === 'steps' || each.kind === 'line');
  const drawn = [
    ...stacked(of('up'), 1),
    ...stacked(of('down'), -1),
    ...lines.map((each) => ({ series: each, values: each.values })),
  ];
  if (input.points) return { x: input.times, drawn };
  // The last interval has an end, too.
  const end = (input.times.at(-1) ?? 0) + input.stepS;
  return {
    x: [...input.times, end],
    drawn: drawn.map((each) => ({ ...each, values: [...each.values, each.values.at(-1) ?? null] })),
  };
}

export const aligned = (x: number[], drawn: Drawn[]): uPlot.AlignedData => [
  x,
  ...drawn.map((each) => each.values),
];
