import 'uplot/dist/uPlot.min.css';
import {
  type KeyboardEvent,
  type Ref,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from 'react';
import uPlot from 'uplot';
import { dateTimeText, timeText } from '../zone';
import classes from './chart.module.css';
import { useColors } from './colors';
import { aligned, type ChartInput, drawnOf } from './data';
import { Legend } from './Legend';
import { optionsOf } from './options';

export interface ChartHandle {
  /** The chart as a picture, on the page's ground. */
  png: () => string | null;
}

interface TimeChartProps extends ChartInput {
  /** What the chart shows, in a sentence: read out instead of the picture. */
  summary: string;
  zone: string;
  unit: string;
  height: number;
  format: (value: number) => string;
  /** Charts with the same key share their cursor and zoom. */
  sync?: string;
  zero?: boolean;
  handle?: Ref<ChartHandle>;
  /** Follows the chart above it, which says the time at the cursor for both. */
  follows?: boolean;
}

export default function TimeChart(props: TimeChartProps) {
  const { summary, zone, unit, height, format, sync, zero, handle, follows } = props;
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const { scheme, color } = useColors();
  const { times, stepS, series, points } = props;
  const drawing = useMemo(() => drawnOf({ times, stepS, series, points }), [times, stepS, series, points]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `scheme` stands for the colours read by `color`
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const options = optionsOf({
      drawn: drawing.drawn,
      zone,
      unit,
      height,
      sync,
      zero,
      color,
      onCursor: setAt,
    });
    const made = new uPlot(
      { ...options, width: element.clientWidth },
      aligned(drawing.x, drawing.drawn),
      element,
    );
    chart.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [drawing, zone, unit, height, sync, zero, scheme]);

  useImperativeHandle(handle, () => ({
    png: () => {
      const source = chart.current?.ctx.canvas;
      if (!source) return null;
      const canvas = document.createElement('canvas');
      canvas.width = source.width;
      canvas.height = source.height;
      const context = canvas.getContext('2d');
      if (!context) return null;
      context.fillStyle = color('--surface');
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.drawImage(source, 0, 0);
      return canvas.toDataURL('image/png');
    },
  }));

  const onKey = (event: KeyboardEvent) => {
    const made = chart.current;
    if (!made) return;
    const [min, max] = [made.scales.x?.min ?? 0, made.scales.x?.max ?? 0];
    const zoom = (factor: number) => {
      const center = drawing.x[at ?? 0] ?? (min + max) / 2;
      made.setScale('x', { min: center - (center - min) * factor, max: center + (max - center) * factor });
    };
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step) {
      const last = drawing.x.length - 1;
      const next = at === null ? (step > 0 ? 0 : last) : Math.min(last, Math.max(0, at + step));
      made.setCursor({ left: made.valToPos(drawing.x[next] ?? 0, 'x'), top: 10 });
    } else if (event.key === '+') zoom(0.5);
    else if (event.key === '-') zoom(2);
    else if (event.key === '0') made.setScale('x', { min: drawing.x[0] ?? 0, max: drawing.x.at(-1) ?? 1 });
    else return;
    event.preventDefault();
  };

  const index = at === null ? null : Math.min(at, times.length - 1);
  const from = index === null ? undefined : times[index];
  const when =
    from === undefined
      ? null
      : points
        ? dateTimeText(from * 1000, zone)
        : `${dateTimeText(from * 1000, zone)}–${timeText((from + stepS) * 1000, zone)}`;
  return (
    <div className={classes.chart}>
      <Legend series={series} index={index} when={follows ? undefined : when} format={format} />
      <div
        ref={box}
        className={classes.plot}
        style={{ height }}
        role="img"
        aria-label={summary}
        tabIndex={0}
        onKeyDown={onKey}
      />
    </div>
  );
}
