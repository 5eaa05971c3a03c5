import type { Asset, NewOptimization, ObjectiveKind, Site } from '@/api/types';
import { type Numeric, numberOr } from '@/ui/form';
import { instantOf } from '@/ui/zone';

export interface OptimiseValues {
  date: string;
  time: string;
  hours: Numeric;
  objective: ObjectiveKind;
  carbon_price_per_kg: Numeric;
  /** Percent of the usable range, by name of the storage. */
  soc: Record<string, Numeric>;
  /** Percent. */
  gap: Numeric;
  time_limit_s: Numeric;
}

export const storages = (assets: Asset[]) =>
  assets.filter(({ spec }) => spec.type === 'battery' || spec.type === 'thermal_storage');

export function initialValues(assets: Asset[], day: string): OptimiseValues {
  return {
    date: day,
    time: '00:00',
    hours: 24,
    objective: 'cost',
    carbon_price_per_kg: '',
    soc: Object.fromEntries(storages(assets).map((asset) => [asset.id, 50])),
    gap: 0.01,
    time_limit_s: 30,
  };
}

export function requestOf(values: OptimiseValues, site: Site, assets: Asset[]): NewOptimization {
  return {
    site_id: site.id,
    start: instantOf({ date: values.date, time: values.time }, site.time_zone).toISOString(),
    hours: numberOr(values.hours, 24),
    objective: values.objective,
    ...(values.objective === 'cost_plus_carbon'
      ? { carbon_price_per_kg: numberOr(values.carbon_price_per_kg, 0) }
      : {}),
    initial_soc_ratio: Object.fromEntries(
      storages(assets).map((asset) => [asset.name, numberOr(values.soc[asset.id] ?? 50, 50) / 100]),
    ),
    mip_rel_gap: numberOr(values.gap, 0.01) / 100,
    time_limit_s: numberOr(values.time_limit_s, 30),
  };
}

const within = (value: Numeric, low: number, high: number, message: string) =>
  value !== '' && Number(value) >= low && Number(value) <= high ? null : message;

export const optimiseRules = (assets: Asset[]) => ({
  date: (value: string) => (/^\d{4}-\d\d-\d\d$/.test(value) ? null : 'Say on which day the plan begins.'),
  time: (value: string) => (/^\d\d:\d\d$/.test(value) ? null : 'Say at what time the plan begins.'),
  hours: (value: Numeric) => within(value, 1, 168, 'A plan covers 1 to 168 hours.'),
  carbon_price_per_kg: (value: Numeric, values: OptimiseValues) =>
    values.objective === 'cost_plus_carbon' ? within(value, 0, 1000, 'Give a price from 0 to 1,000.') : null,
  gap: (value: Numeric) => within(value, 0, 10, 'The gap may be 0 to 10 %.'),
  time_limit_s: (value: Numeric) => within(value, 1, 60, 'The limit may be 1 to 60 s.'),
  soc: Object.fromEntries(
    storages(assets).map((asset) => [
      asset.id,
      (value: Numeric) => within(value, 0, 100, 'The content may be 0 to 100 %.'),
    ]),
  ),
});
