// Numbers and times as the whole dashboard writes them.

const MINUS = '−';
const sign = (text: string) => text.replace('-', MINUS);

const SCALES: [number, string][] = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

function digits(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  const fraction = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return new Intl.NumberFormat('en', { maximumFractionDigits: fraction }).format(value);
}

function scaled(value: number): { text: string; scale: string } {
  for (const [size, scale] of SCALES) {
    // 999.6 would round to 1,000: it belongs to the next scale already.
    if (Math.abs(value) >= size * 0.9995) return { text: digits(value / size), scale };
  }
  return { text: digits(value), scale: '' };
}

/** Up to three significant digits with k, M, G: `12.3 MW`. */
export function quantity(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (unit === 'kW' || unit === 'kWh') {
    const base = scaled(value * 1000);
    // Below a megawatt the trade speaks of kW, however small.
    if (base.scale === 'M' || base.scale === 'G') return sign(`${base.text} ${base.scale}${unit.slice(1)}`);
    return sign(`${digits(value)} ${unit}`);
  }
  if (unit === 'kg' && Math.abs(value) >= 999.5) return quantity(value / 1000, 't');
  const { text, scale } = scaled(value);
  return sign(`${text}${scale ? ` ${scale}${unit}` : ` ${unit}`}`).trim();
}

export function full(value: number, unit: string, fraction = 3): string {
  return sign(
    `${new Intl.NumberFormat('en', { maximumFractionDigits: fraction }).format(value)} ${unit}`,
  ).trim();
}

function symbol(currency: string): string {
  try {
    const parts = new Intl.NumberFormat('en', {
      style: 'currency',
      currency,
      currencyDisplay: 'narrowSymbol',
    }).formatToParts(1);
    return parts.find((part) => part.type === 'currency')?.value ?? currency;
  } catch {
    return currency;
  }
}

/** Decimals of the currency's smallest coin: 2 for EUR, 0 for KRW. */
function decimals(currency: string): number {
  try {
    return (
      new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ??
      2
    );
  } catch {
    return 2;
  }
}

/** Money with up to three significant digits above a thousand: `€1.23k`. */
export function money(value: number | null | undefined, currency: string): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  const { text, scale } = scaled(Math.abs(value));
  if (!scale) return moneyFull(value, currency);
  return `${value < 0 ? MINUS : ''}${symbol(currency)}${text}${scale}`;
}

/** Money to the smallest coin. */
export function moneyFull(value: number, currency: string): string {
  const fraction = decimals(currency);
  const text = new Intl.NumberFormat('en', {
    minimumFractionDigits: fraction,
    maximumFractionDigits: fraction,
  }).format(Math.abs(value));
  const negative = value < 0 && /[1-9]/.test(text);
  return `${negative ? MINUS : ''}${symbol(currency)}${text}`;
}

/** A price per kWh: up to four decimals, for prices differ in the tenth of a cent. */
export function price(value: number, currency: string): string {
  const text = new Intl.NumberFormat('en', {
    minimumFractionDigits: decimals(currency),
    maximumFractionDigits: 4,
  }).format(Math.abs(value));
  return `${value < 0 ? MINUS : ''}${symbol(currency)}${text}/kWh`;
}

export function percent(ratio: number, fraction = 1): string {
  return sign(
    new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: fraction }).format(ratio),
  );
}

export const count = (value: number) => new Intl.NumberFormat('en').format(value);

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `3 min ago`, `in 2 h`; days from two on. */
export function age(time: string | number | Date, now = Date.now()): string {
  const seconds = Math.round((new Date(time).getTime() - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return 'now';
  const [amount, unit] =
    size < 60
      ? [size, 's']
      : size < 5400
        ? [Math.round(size / 60), 'min']
        : size < 172_800
          ? [Math.round(size / 3600), 'h']
          : size < 5_184_000
            ? [Math.round(size / 86_400), 'days']
            : size < 63_072_000
              ? [Math.round(size / 2_629_800), 'months']
              : [Math.round(size / 31_557_600), 'years'];
  return seconds < 0 ? `${amount} ${unit} ago` : `in ${amount} ${unit}`;
}

export function duration(ms: number): string {
  if (ms < 1) return '< 1 ms';
  if (ms < 1000) return `${digits(ms)} ms`;
  if (ms < 60_000) return `${digits(ms / 1000)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** Length of a step: `15 min`, `1 h`. */
export function stepText(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

/** A channel's unit as people write it: `currency_per_kWh` → `EUR/kWh`. */
export function unitText(unit: string, currency: string): string {
  if (unit === 'kWh_per_step') return 'kWh a step';
  if (unit === 'degC') return '°C';
  return unit.replace('currency', currency).replace('_per_', '/');
}
