import type { NewTariff, Price } from '@/api/types';
import { type Numeric, numberOr } from '@/ui/form';

export interface WindowValues {
  /** Only for React. */
  key: string;
  name: string;
  months: number[];
  weekdays: number[];
  from_time: string;
  to_time: string;
  price_per_kwh: Numeric;
}

export interface PriceValues {
  type: Price['type'] | 'none';
  price_per_kwh: Numeric;
  default_price_per_kwh: Numeric;
  windows: WindowValues[];
  channel: string;
  factor: Numeric;
  adder_per_kwh: Numeric;
}

export interface TariffValues {
  name: string;
  currency: string;
  import: PriceValues;
  export: PriceValues;
  demand_charge_per_kw_month: Numeric;
  notes: string;
}

export const newWindow = (): WindowValues => ({
  key: crypto.randomUUID(),
  name: 'peak',
  months: [],
  weekdays: [1, 2, 3, 4, 5],
  from_time: '08:00',
  to_time: '20:00',
  price_per_kwh: '',
});

const noPrice = (type: PriceValues['type']): PriceValues => ({
  type,
  price_per_kwh: '',
  default_price_per_kwh: '',
  windows: [newWindow()],
  channel: 'price',
  factor: 1,
  adder_per_kwh: 0,
});

export const emptyTariff = (): TariffValues => ({
  name: '',
  currency: 'EUR',
  import: noPrice('time_of_use'),
  export: noPrice('none'),
  demand_charge_per_kw_month: 0,
  notes: '',
});

export function priceOf(values: PriceValues): Price | null {
  switch (values.type) {
    case 'none':
      return null;
    case 'flat':
      return { type: 'flat', price_per_kwh: numberOr(values.price_per_kwh, 0) };
    case 'dynamic':
      return {
        type: 'dynamic',
        channel: values.channel.trim(),
        factor: numberOr(values.factor, 1),
        adder_per_kwh: numberOr(values.adder_per_kwh, 0),
      };
    case 'time_of_use':
      return {
        type: 'time_of_use',
        default_price_per_kwh: numberOr(values.default_price_per_kwh, 0),
        windows: values.windows.map(({ key: _, price_per_kwh, ...window }) => ({
          ...window,
          price_per_kwh: numberOr(price_per_kwh, 0),
        })),
      };
  }
}

export function tariffOf(values: TariffValues): NewTariff {
  return {
    name: values.name.trim(),
    currency: values.currency.trim().toUpperCase(),
    import: priceOf(values.import) ?? { type: 'flat', price_per_kwh: 0 },
    export: priceOf(values.export),
    demand_charge_per_kw_month: numberOr(values.demand_charge_per_kw_month, 0),
    notes: values.notes.trim() || null,
  };
}

const TIME = /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/;
const missing = (value: Numeric) =>
  value !== '' && Number.isFinite(Number(value)) ? null : 'Give a price per kWh.';

function priceErrors(values: PriceValues, at: string): Record<string, string | null> {
  const errors: Record<string, string | null> = {};
  if (values.type === 'flat') errors[`${at}.price_per_kwh`] = missing(values.price_per_kwh);
  if (values.type === 'dynamic' && !values.channel.trim()) errors[`${at}.channel`] = 'Name the channel.';
  if (values.type === 'time_of_use') {
    errors[`${at}.default_price_per_kwh`] = missing(values.default_price_per_kwh);
    values.windows.forEach((window, index) => {
      const path = `${at}.windows.${index}`;
      errors[`${path}.name`] = window.name.trim() ? null : 'Name the window.';
      errors[`${path}.price_per_kwh`] = missing(window.price_per_kwh);
      errors[`${path}.from_time`] = TIME.test(window.from_time) ? null : 'Write HH:MM.';
      errors[`${path}.to_time`] = TIME.test(window.to_time) ? null : 'Write HH:MM; 24:00 for midnight.';
    });
  }
  return errors;
}

export function tariffErrors(values: TariffValues): Record<string, string> {
  const errors = {
    name: values.name.trim() ? null : 'A tariff needs a name.',
    currency: /^[A-Za-z]{3}$/.test(values.currency.trim()) ? null : 'Write the currency with three letters.',
    ...priceErrors(values.import, 'import'),
    ...priceErrors(values.export, 'export'),
  };
  return Object.fromEntries(
    Object.entries(errors).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}
