import uPlot from 'uplot';
import type { Drawn } from './data';

interface OptionsInput {
  drawn: Drawn[];
  zone: string;
  unit: string;
  height: number;
  sync?: string;
  zero?: boolean;
  color: (variable: string) => string;
  onCursor: (index: number | null) => void;
}

const FONT = '11px system-ui, sans-serif';

/** Ticks of the time axis in the site's zone, not the browser's. */
function timeAxis(zone: string) {
  const at = (time: number, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', ...options }).format(time * 1000);
  return (_: uPlot, splits: number[], __: number, ___: number, increment: number) => {
    let day = '';
    return splits.map((split) => {
      const date = at(split, { day: 'numeric', month: 'short' });
      const time = at(split, { hour: '2-digit', minute: '2-digit' });
      const newDay = date !== day;
      day = date;
      if (increment >= 86_400)
        return increment >= 86_400 * 40 ? at(split, { month: 'short', year: 'numeric' }) : date;
      return newDay ? `${time}\n${date}` : time;
    });
  };
}

const axisValues = (_: uPlot, splits: number[]) =>
  splits.map((value) =>
    // Uses are drawn below zero but are no negative power.
    new Intl.NumberFormat('en', {
      maximumSignificantDigits: 4,
      notation: Math.abs(value) >= 1e5 ? 'compact' : 'standard',
    }).format(value),
  );

export function optionsOf(input: OptionsInput): Omit<uPlot.Options, 'width'> {
  const { drawn, color, onCursor } = input;
  const surface = color('--surface');
  const mirrored = drawn.some((each) => each.series.kind === 'down');
  const areas = drawn.some((each) => each.series.kind === 'up');
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const axis = {
    stroke: color('--axis'),
    font: FONT,
    grid: { stroke: color('--grid-line'), width: 1 },
    ticks: { show: false },
  };
  return {
    height: input.height,
    tzDate: (time) => uPlot.tzDate(new Date(time * 1000), input.zone),
    legend: { show: false },
    padding: [10, 26, 0, 0],
    cursor: {
      points: { show: false },
      y: false,
      drag: { x: true, y: false },
      ...(input.sync ? { sync: { key: input.sync, scales: ['x', null] as [string, null] } } : {}),
    },
    scales: {
      x: { time: true },
      y: {
        range: (_, low, high) => {
          const bottom = areas || input.zero ? Math.min(0, low) : low;
          const top = areas || input.zero ? Math.max(0, high) : high;
          const room = Math.max((top - bottom) * 0.06, 1e-6);
          return [bottom < 0 || !(areas || input.zero) ? bottom - room : bottom, top + room];
        },
      },
    },
    axes: [
      { ...axis, values: timeAxis(input.zone), space: 64, size: 40, grid: { show: false } },
      {
        ...axis,
        label: input.unit,
        labelSize: 18,
        labelFont: FONT,
        size: 52,
        values: (u, splits) =>
          mirrored
            ? axisValues(
                u,
                splits.map((value) => Math.abs(value)),
              )
            : axisValues(u, splits),
      },
    ],
    series: [
      {},
      ...drawn.map(({ series }): uPlot.Series => {
        const stroke = color(series.color);
        const area = series.kind === 'up' || series.kind === 'down';
        return {
          label: series.label,
          stroke: area ? surface : stroke,
          width: area ? 0.5 : 1.75,
          points: { show: false },
          spanGaps: false,
          ...(series.kind === 'line' ? {} : { paths: stepped }),
          ...(area ? { fill: stroke, fillTo: 0 } : {}),
        };
      }),
    ],
    hooks: {
      setCursor: [(u) => onCursor(u.cursor.idx ?? null)],
      draw: [
        (u) => {
          if (!mirrored) return;
          const y = Math.round(u.valToPos(0, 'y', true)) + 0.5;
          u.ctx.save();
          u.ctx.strokeStyle = color('--axis');
          u.ctx.lineWidth = devicePixelRatio;
          u.ctx.beginPath();
          u.ctx.moveTo(u.bbox.left, y);
          u.ctx.lineTo(u.bbox.left + u.bbox.width, y);
          u.ctx.stroke();
          u.ctx.restore();
        },
      ],
    },
  };
}
