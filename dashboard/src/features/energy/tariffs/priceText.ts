import type { Price, PriceWindow, Tariff } from '@/api/types';
import { moneyFull, price } from '@/ui/format';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `[1,2,3,5]` → `Mon–Wed, Fri`. */
function ranges(values: number[], names: string[]): string {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    let j = i;
    while (sorted[j + 1] === (sorted[j] ?? 0) + 1) j += 1;
    const [a, b] = [names[(sorted[i] ?? 1) - 1], names[(sorted[j] ?? 1) - 1]];
    parts.push(i === j ? `${a}` : `${a}–${b}`);
    i = j + 1;
  }
  return parts.join(', ');
}

export function windowText(window: PriceWindow): string {
  const days = window.weekdays?.length ? ranges(window.weekdays, DAYS) : 'every day';
  const months = window.months?.length ? `, ${ranges(window.months, MONTHS)}` : '';
  return `${days}${months}, ${window.from_time}–${window.to_time}`;
}

export function pricesOf(value: Price): number[] {
  if (value.type === 'flat') return [value.price_per_kwh];
  if (value.type === 'dynamic') return [];
  return [value.default_price_per_kwh, ...value.windows.map((window) => window.price_per_kwh)];
}

export const KIND: Record<Price['type'], string> = {
  flat: 'One price',
  time_of_use: 'By time of use',
  dynamic: 'Dynamic',
};

export function priceSummary(value: Price | null | undefined, currency: string): string {
  if (!value) return 'nothing';
  if (value.type === 'dynamic') {
    const factor = value.factor === undefined || value.factor === 1 ? '' : ` × ${value.factor}`;
    const adder = value.adder_per_kwh ? ` + ${price(value.adder_per_kwh, currency)}` : '';
    return `channel ${value.channel}${factor}${adder}`;
  }
  const all = pricesOf(value);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  return low === high
    ? price(low, currency)
    : `${price(low, currency).replace('/kWh', '')} to ${price(high, currency)}`;
}

export const demandText = (tariff: Tariff) =>
  tariff.demand_charge_per_kw_month > 0
    ? `${moneyFull(tariff.demand_charge_per_kw_month, tariff.currency)}/kW a month`
    : 'none';

const minutes = (time: string) => {
  const [hours = '0', rest = '0'] = time.split(':');
  return Number(hours) * 60 + Number(rest);
};

/** The price that holds at a minute of a day: the first window that fits. */
export function priceAt(
  value: Price,
  month: number,
  weekday: number,
  minute: number,
): { price: number; name: string } | null {
  if (value.type === 'dynamic') return null;
  if (value.type === 'flat') return { price: value.price_per_kwh, name: 'flat' };
  const fits = value.windows.find((window) => {
    const [from, to] = [minutes(window.from_time), minutes(window.to_time)];
    const over = to < from;
    // A window over midnight belongs to the day on which it begins.
    const yesterday = over && minute < to;
    const day = yesterday ? ((weekday + 5) % 7) + 1 : weekday;
    const inTime = over ? minute >= from || minute < to : minute >= from && minute < to;
    return (
      inTime &&
      (!window.weekdays?.length || window.weekdays.includes(day)) &&
      (!window.months?.length || window.months.includes(month))
    );
  });
  return fits
    ? { price: fits.price_per_kwh, name: fits.name }
    : { price: value.default_price_per_kwh, name: 'otherwise' };
}

export { DAYS, MONTHS };
