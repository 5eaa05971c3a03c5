// A plan's series by kind, as the charts show them.
import type { Asset, AssetPlan, OptimizationResult, SitePlan } from '@/api/types';
import type { ChartSeries } from '@/ui/chart/data';

type Values = number[];
const TINY = 1e-6;

const sum = (lists: (Values | null | undefined)[], steps: number): Values =>
  Array.from({ length: steps }, (_, t) => lists.reduce((all, list) => all + (list?.[t] ?? 0), 0));

const of = (plan: SitePlan, type: string, pick: (asset: AssetPlan) => Values | null | undefined) =>
  plan.assets.filter((asset) => asset.type === type).map(pick);

export function timesOf(result: OptimizationResult): number[] {
  const start = Date.parse(result.start) / 1000;
  return result.import_price_per_kwh.map((_, t) => start + t * result.step_s);
}

/** Where the power comes from (up) and where it goes (down); both add to the same in every step. */
export function powerSeries(result: OptimizationResult): ChartSeries[] {
  const plan = result.dispatch.sites[0];
  if (!plan) return [];
  const steps = plan.import_kw.length;
  const all: [ChartSeries['kind'], string, string, string, (Values | null | undefined)[]][] = [
    ['up', 'pv', 'Solar', '--s-pv', of(plan, 'pv', (asset) => asset.used_kw)],
    ['up', 'discharge', 'Discharge', '--s-discharge', of(plan, 'battery', (asset) => asset.discharge_kw)],
    ['up', 'generator', 'Generator', '--s-generator', of(plan, 'generator', (asset) => asset.power_kw)],
    ['up', 'import', 'Import', '--s-import', [plan.import_kw]],
    ['down', 'load', 'Load', '--s-load', of(plan, 'load', (asset) => asset.power_kw)],
    ['down', 'job', 'Jobs', '--s-job', of(plan, 'job', (asset) => asset.power_kw)],
    ['down', 'ev', 'Vehicles', '--s-ev', of(plan, 'ev', (asset) => asset.power_kw)],
    ['down', 'heat', 'Heat', '--s-heat', of(plan, 'heat_source', (asset) => asset.power_kw)],
    ['down', 'charge', 'Charge', '--s-charge', of(plan, 'battery', (asset) => asset.charge_kw)],
    ['down', 'export', 'Export', '--s-export', [plan.export_kw]],
  ];
  return all
    .map(([kind, key, label, color, lists]) => ({ kind, key, label, color, values: sum(lists, steps) }))
    .filter((series) => series.key === 'import' || series.values.some((value) => value > TINY));
}

/** Content of each storage at the start and after every step. */
export function storageSeries(
  result: OptimizationResult,
  assets: Asset[],
  initial: Record<string, number> | undefined,
): ChartSeries[] {
  const plan = result.dispatch.sites[0];
  const shades = ['--s-discharge', '--s-charge', '--s-heat', '--s-generator'];
  return (plan?.assets ?? [])
    .filter((asset) => asset.soc_kwh)
    .map((asset, index) => {
      const name = result.asset_names[asset.id] ?? asset.id;
      const spec = assets.find((each) => each.id === asset.id)?.spec;
      const ratio = initial?.[name] ?? 0.5;
      const start =
        spec?.type === 'battery'
          ? spec.soc_min_kwh + ratio * (spec.soc_max_kwh - spec.soc_min_kwh)
          : spec?.type === 'thermal_storage'
            ? ratio * spec.capacity_kwh
            : null;
      return {
        key: asset.id,
        label: name,
        color:
          asset.type === 'thermal_storage' ? '--s-heat' : (shades[index % shades.length] ?? '--s-discharge'),
        kind: 'line' as const,
        values: [start, ...(asset.soc_kwh ?? [])],
      };
    });
}

export function priceSeries(result: OptimizationResult): ChartSeries[] {
  const series: ChartSeries[] = [
    {
      key: 'buy',
      label: 'Import price',
      color: '--s-price',
      kind: 'steps',
      values: result.import_price_per_kwh,
    },
  ];
  if (result.export_price_per_kwh.some((value) => Math.abs(value) > TINY)) {
    series.push({
      key: 'sell',
      label: 'Export price',
      color: '--s-export',
      kind: 'steps',
      values: result.export_price_per_kwh,
    });
  }
  return series;
}

/** Every series of the plan, asset by asset: for the table and the file. */
export function columnsOf(
  result: OptimizationResult,
): { header: string; values: (number | null | undefined)[] }[] {
  const plan = result.dispatch.sites[0];
  if (!plan) return [];
  const name = (asset: AssetPlan) => result.asset_names[asset.id] ?? asset.id;
  const unit = result.dispatch.currency;
  const columns: { header: string; values: (number | null | undefined)[] }[] = [
    { header: `Import price, ${unit}/kWh`, values: result.import_price_per_kwh },
    { header: `Export price, ${unit}/kWh`, values: result.export_price_per_kwh },
    { header: 'Import, kW', values: plan.import_kw },
    { header: 'Export, kW', values: plan.export_kw },
  ];
  for (const asset of plan.assets) {
    const add = (what: string, values: Values | null | undefined) => {
      if (values) columns.push({ header: `${name(asset)}${what}`, values });
    };
    add(', kW', asset.power_kw);
    add(' used, kW', asset.used_kw);
    add(' curtailed, kW', asset.curtailed_kw);
    add(' charge, kW', asset.charge_kw);
    add(' discharge, kW', asset.discharge_kw);
    add(' content after, kWh', asset.soc_kwh);
  }
  return columns;
}
