import type { NewSite, Site } from '@/api/types';
import { type Numeric, numberOr } from '@/ui/form';
import { browserZone, isZone } from '@/ui/zone';

export interface SiteValues {
  name: string;
  team: string;
  time_zone: string;
  currency: string;
  step_s: string;
  grid: { import_max_kw: Numeric; export_max_kw: Numeric };
  tariff_id: string;
  carbon_kg_per_kwh: Numeric;
  location: { lat: Numeric; lon: Numeric };
  notes: string;
}

export function valuesOf(site?: Site): SiteValues {
  return {
    name: site?.name ?? '',
    team: site?.team ?? '',
    time_zone: site?.time_zone ?? browserZone,
    currency: site?.currency ?? 'EUR',
    step_s: String(site?.step_s ?? 900),
    grid: { import_max_kw: site?.grid.import_max_kw ?? '', export_max_kw: site?.grid.export_max_kw ?? 0 },
    tariff_id: site?.tariff_id ?? '',
    carbon_kg_per_kwh: site?.carbon_kg_per_kwh ?? '',
    location: { lat: site?.location?.lat ?? '', lon: site?.location?.lon ?? '' },
    notes: site?.notes ?? '',
  };
}

export function siteOf(values: SiteValues): NewSite {
  const { lat, lon } = values.location;
  return {
    name: values.name.trim(),
    team: values.team.trim() || null,
    time_zone: values.time_zone.trim(),
    currency: values.currency.trim().toUpperCase(),
    step_s: Number(values.step_s),
    grid: {
      import_max_kw: numberOr(values.grid.import_max_kw, 0),
      export_max_kw: numberOr(values.grid.export_max_kw, 0),
    },
    tariff_id: values.tariff_id || null,
    carbon_kg_per_kwh: numberOr(values.carbon_kg_per_kwh, null),
    location: lat === '' || lon === '' ? null : { lat: Number(lat), lon: Number(lon) },
    notes: values.notes.trim() || null,
  };
}

/** A place has both or neither. */
function coordinate(value: Numeric, other: Numeric, name: string, otherName: string, limit: number) {
  if (value === '') return other === '' ? null : `Give the ${name} too, or leave the ${otherName} empty.`;
  return Math.abs(Number(value)) <= limit ? null : `A ${name} is between −${limit} and ${limit}.`;
}

export const siteRules = {
  name: (value: string) => (value.trim() ? null : 'A site needs a name.'),
  time_zone: (value: string) =>
    isZone(value.trim()) ? null : 'That is no time zone; write it like Europe/Berlin.',
  currency: (value: string) =>
    /^[A-Za-z]{3}$/.test(value.trim()) ? null : 'Write the currency with three letters, like EUR.',
  grid: {
    import_max_kw: (value: Numeric) =>
      value === '' || !(Number(value) >= 0) ? 'Say how much the connection can import.' : null,
    export_max_kw: (value: Numeric) =>
      value === '' || !(Number(value) >= 0) ? 'Say how much it can export; 0 if nothing.' : null,
  },
  carbon_kg_per_kwh: (value: Numeric) =>
    value === '' || Number(value) >= 0 ? null : 'Give 0 or more, or leave it empty.',
  location: {
    lat: (value: Numeric, { location }: SiteValues) =>
      coordinate(value, location.lon, 'latitude', 'longitude', 90),
    lon: (value: Numeric, { location }: SiteValues) =>
      coordinate(value, location.lat, 'longitude', 'latitude', 180),
  },
};
