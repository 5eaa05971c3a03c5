import { NativeSelect } from '@mantine/core';
import '@/ui/inputStyles';
import { useState } from 'react';
import type { Price } from '@/api/types';
import { price as priceText } from '@/ui/format';
import { DAYS, MONTHS, priceAt, pricesOf } from './priceText';
import classes from './tariff.module.css';

interface Segment {
  from: number;
  to: number;
  price: number;
  name: string;
}

function segmentsOf(value: Price, month: number, weekday: number): Segment[] {
  const segments: Segment[] = [];
  for (let minute = 0; minute < 1440; minute += 5) {
    const at = priceAt(value, month, weekday, minute);
    if (!at) return [];
    const last = segments.at(-1);
    if (last && last.price === at.price && last.name === at.name) last.to = minute + 5;
    else segments.push({ from: minute, to: minute + 5, ...at });
  }
  return segments;
}

const clock = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** Days alike stand in one row: `Mon–Fri`. */
function rowsOf(value: Price, month: number): { label: string; segments: Segment[] }[] {
  const rows: { first: number; last: number; segments: Segment[] }[] = [];
  for (let day = 1; day <= 7; day += 1) {
    const segments = segmentsOf(value, month, day);
    const before = rows.at(-1);
    if (before && JSON.stringify(before.segments) === JSON.stringify(segments)) before.last = day;
    else rows.push({ first: day, last: day, segments });
  }
  return rows.map(({ first, last, segments }) => ({
    label:
      first === 1 && last === 7
        ? 'Every day'
        : first === last
          ? (DAYS[first - 1] ?? '')
          : `${DAYS[first - 1]}–${DAYS[last - 1]}`,
    segments,
  }));
}

/** The day's prices as a strip, darker the dearer. */
export function PriceStrip({ value, currency }: { value: Price; currency: string }) {
  const byMonth = value.type === 'time_of_use' && value.windows.some((window) => window.months?.length);
  const [month, setMonth] = useState(1);
  const all = pricesOf(value);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const level = (price: number) => (high === low ? 1 : 1 + Math.round(((price - low) / (high - low)) * 3));
  return (
    <div>
      {byMonth && (
        <NativeSelect
          label="Month"
          w={140}
          mb={12}
          value={String(month)}
          onChange={(event) => setMonth(Number(event.currentTarget.value))}
          data={MONTHS.map((label, index) => ({ value: String(index + 1), label }))}
        />
      )}
      <div className={classes.strips}>
        {rowsOf(value, month).map((row) => (
          <div key={row.label} className={classes.stripRow}>
            <span className={classes.stripLabel}>{row.label}</span>
            <div
              className={classes.strip}
              role="img"
              aria-label={`${row.label}: ${row.segments.map((s) => `${clock(s.from)} to ${clock(s.to)} ${priceText(s.price, currency)}`).join(', ')}`}
            >
              {row.segments.map((segment) => (
                <div
                  key={segment.from}
                  className={classes.segment}
                  data-level={level(segment.price)}
                  style={{ flexGrow: segment.to - segment.from, flexBasis: 0 }}
                  title={`${segment.name}: ${clock(segment.from)}–${clock(segment.to)}, ${priceText(segment.price, currency)}`}
                >
                  {segment.to - segment.from >= 150 && (
                    <span>{priceText(segment.price, currency).replace('/kWh', '')}</span>
                  )}
                </div>
              ))}
            </div>
          </div>
        ))}
        <div className={classes.stripRow} aria-hidden="true">
          <span />
          <div className={classes.hours}>
            {[0, 6, 12, 18, 24].map((hour) => (
              <span key={hour} style={{ left: `${(hour / 24) * 100}%` }}>
                {String(hour).padStart(2, '0')}:00
              </span>
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}
