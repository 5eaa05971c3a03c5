// The fields of every kind of asset, as data: one form draws them all.
import type { Asset, AssetSpec, AssetType } from '@/api/types';

export type FieldKind = 'number' | 'percent' | 'text' | 'channel' | 'time' | 'yes_no' | 'profile' | 'asset';

export interface AssetField {
  key: string;
  label: string;
  kind: FieldKind;
  unit?: string;
  help?: string;
  optional?: boolean;
  initial?: string | number | boolean;
  /** Kind of asset that may be chosen. */
  of?: AssetType;
}

const kW = (key: string, label: string, rest: Partial<AssetField> = {}): AssetField => ({
  key,
  label,
  kind: 'number',
  unit: 'kW',
  ...rest,
});
const kWh = (key: string, label: string, rest: Partial<AssetField> = {}): AssetField => ({
  key,
  label,
  kind: 'number',
  unit: 'kWh',
  ...rest,
});
const time = (key: string, label: string, initial: string, help?: string): AssetField => ({
  key,
  label,
  kind: 'time',
  initial,
  help,
});

export const ASSET_FIELDS: Record<AssetType, AssetField[]> = {
  load: [
    { key: 'channel', label: 'Channel', kind: 'channel', initial: 'load', help: 'Of the readings, in kW' },
  ],
  pv: [
    { key: 'channel', label: 'Channel', kind: 'channel', initial: 'pv', help: 'Of the readings, in kW' },
    kW('peak_kw', 'Peak power', { optional: true, help: 'Shown only' }),
    { key: 'curtailable', label: 'May be curtailed', kind: 'yes_no', initial: true },
  ],
  battery: [
    kW('charge_max_kw', 'Charges at up to', { help: 'On the AC side' }),
    kW('discharge_max_kw', 'Discharges at up to', { help: 'On the AC side' }),
    kWh('soc_min_kwh', 'Lowest content', { initial: 0 }),
    kWh('soc_max_kwh', 'Highest content'),
    { key: 'eta_charge', label: 'Efficiency of charging', kind: 'percent', initial: 95 },
    { key: 'eta_discharge', label: 'Efficiency of discharging', kind: 'percent', initial: 95 },
    {
      key: 'wear_cost_per_kwh_discharged',
      label: 'Wear per discharged kWh',
      kind: 'number',
      unit: 'money/kWh',
      initial: 0,
    },
  ],
  ev: [
    time('arrive_time', 'Arrives', '18:00'),
    time('depart_time', 'Departs', '07:00', 'The next day if not after the arrival'),
    kWh('energy_required_kwh', 'Needs by departure'),
    kW('charge_max_kw', 'Charges at up to', { initial: 11 }),
    kW('charge_min_kw', 'Charges at least at', { initial: 0, help: 'When it charges at all' }),
    { key: 'eta_charge', label: 'Efficiency of charging', kind: 'percent', initial: 92 },
  ],
  generator: [
    kW('power_min_kw', 'Least power', { help: 'While it runs' }),
    kW('power_max_kw', 'Highest power'),
    { key: 'fuel_cost_per_kwh', label: 'Fuel per kWh electric', kind: 'number', unit: 'money/kWh' },
    { key: 'start_cost', label: 'Cost of a start', kind: 'number', unit: 'money', initial: 0 },
    { key: 'min_up_minutes', label: 'Runs at least', kind: 'number', unit: 'min', initial: 0 },
    { key: 'min_down_minutes', label: 'Rests at least', kind: 'number', unit: 'min', initial: 0 },
    { key: 'carbon_kg_per_kwh', label: 'Carbon', kind: 'number', unit: 'kg CO₂e/kWh', initial: 0 },
  ],
  job: [
    {
      key: 'profile_kw',
      label: 'Power, step by step',
      kind: 'profile',
      help: 'kW for each step of the site from its start, separated by spaces',
    },
    time('earliest_start_time', 'Starts not before', '06:00'),
    time('latest_end_time', 'Ends by', '22:00', 'The next day if not after the start'),
    { key: 'after', label: 'Runs after', kind: 'asset', of: 'job', optional: true },
  ],
  thermal_storage: [
    kWh('capacity_kwh', 'Capacity', { help: 'Of heat' }),
    { key: 'loss_per_hour', label: 'Lost per hour', kind: 'percent', initial: 1 },
    {
      key: 'demand_channel',
      label: 'Channel of the heat demand',
      kind: 'channel',
      initial: 'heat_demand',
      help: 'Of the readings, in kW of heat',
    },
  ],
  heat_source: [
    kW('power_max_kw', 'Draws up to', { help: 'Electric' }),
    { key: 'cop', label: 'Heat per kWh electric', kind: 'number', unit: 'kWh', initial: 3 },
    { key: 'tank', label: 'Feeds', kind: 'asset', of: 'thermal_storage' },
  ],
};

export type FieldValue = string | number | boolean;

export interface AssetValues {
  name: string;
  type: AssetType;
  spec: Record<string, FieldValue>;
}

export function initialSpec(type: AssetType): Record<string, FieldValue> {
  return Object.fromEntries(
    ASSET_FIELDS[type].map((field) => [field.key, field.initial ?? (field.kind === 'yes_no' ? false : '')]),
  );
}

const rounded = (value: number) => Number(value.toPrecision(12));

export function assetValues(asset: Asset | undefined): AssetValues {
  if (!asset) return { name: '', type: 'load', spec: initialSpec('load') };
  const given = asset.spec as Record<string, unknown>;
  const spec = initialSpec(asset.spec.type);
  for (const field of ASSET_FIELDS[asset.spec.type]) {
    const value = given[field.key];
    if (value === null || value === undefined) spec[field.key] = field.kind === 'yes_no' ? false : '';
    else if (field.kind === 'percent') spec[field.key] = rounded(Number(value) * 100);
    else if (field.kind === 'profile') spec[field.key] = (value as number[]).join(' ');
    else spec[field.key] = value as FieldValue;
  }
  return { name: asset.name, type: asset.spec.type, spec };
}

export const profileOf = (text: string) =>
  text
    .split(/[\s;]+/)
    .filter(Boolean)
    .map(Number);

export function specOf(values: AssetValues): AssetSpec {
  const spec: Record<string, unknown> = { type: values.type };
  for (const field of ASSET_FIELDS[values.type]) {
    const value = values.spec[field.key];
    if (value === '' || value === undefined) {
      if (field.optional) spec[field.key] = null;
    } else if (field.kind === 'percent') spec[field.key] = rounded(Number(value) / 100);
    else if (field.kind === 'profile') spec[field.key] = profileOf(String(value));
    else if (field.kind === 'number') spec[field.key] = Number(value);
    else spec[field.key] = value;
  }
  return spec as AssetSpec;
}

function fieldError(field: AssetField, value: FieldValue | undefined): string | null {
  if (value === '' || value === undefined) return field.optional ? null : 'This is needed.';
  if (field.kind === 'time' && !/^([01]\d|2[0-3]):[0-5]\d$/.test(String(value))) return 'Write HH:MM.';
  if (field.kind === 'number' && !Number.isFinite(Number(value))) return 'Write a number.';
  if (field.kind === 'percent' && !(Number(value) >= 0 && Number(value) <= 100))
    return 'Between 0 and 100 %.';
  if (field.kind === 'profile') {
    const profile = profileOf(String(value));
    if (profile.length === 0 || profile.some((each) => !(each >= 0)))
      return 'Numbers of kW, separated by spaces.';
  }
  return null;
}

export function assetErrors(values: AssetValues): Record<string, string> {
  const errors: [string, string | null][] = ASSET_FIELDS[values.type].map((field) => [
    `spec.${field.key}`,
    fieldError(field, values.spec[field.key]),
  ]);
  errors.push(['name', values.name.trim() ? null : 'An asset needs a name.']);
  return Object.fromEntries(errors.filter((entry): entry is [string, string] => entry[1] !== null));
}
