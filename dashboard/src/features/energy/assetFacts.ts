import type { AssetSpec } from '@/api/types';
import { percent, quantity } from '@/ui/format';

/** An asset in a few words: its key figure first. */
export function assetFacts(spec: AssetSpec): string {
  switch (spec.type) {
    case 'load':
      return `channel ${spec.channel}`;
    case 'pv':
      return spec.peak_kw ? `${quantity(spec.peak_kw, 'kW')} peak` : `channel ${spec.channel}`;
    case 'battery':
      return `${quantity(spec.soc_max_kwh - spec.soc_min_kwh, 'kWh')}, ${quantity(spec.discharge_max_kw, 'kW')}`;
    case 'ev':
      return `${quantity(spec.energy_required_kwh, 'kWh')} by ${spec.depart_time}`;
    case 'generator':
      return `${quantity(spec.power_min_kw, 'kW')} to ${quantity(spec.power_max_kw, 'kW')}`;
    case 'job':
      return `${spec.earliest_start_time} to ${spec.latest_end_time}, ${quantity(Math.max(0, ...spec.profile_kw), 'kW')}`;
    case 'thermal_storage':
      return `${quantity(spec.capacity_kwh, 'kWh')} of heat`;
    case 'heat_source':
      return `${quantity(spec.power_max_kw, 'kW')}, COP ${spec.cop}`;
  }
}

/** The rest of its figures, for the table of assets. */
export function assetDetail(spec: AssetSpec, currency: string): string {
  switch (spec.type) {
    case 'load':
      return 'must be met';
    case 'pv':
      return `channel ${spec.channel}${spec.curtailable ? ', may be curtailed' : ''}`;
    case 'battery':
      return `${percent(spec.eta_charge * spec.eta_discharge, 0)} round trip, wear ${spec.wear_cost_per_kwh_discharged ?? 0} ${currency}/kWh`;
    case 'ev':
      return `arrives ${spec.arrive_time}, charges at up to ${quantity(spec.charge_max_kw, 'kW')}`;
    case 'generator':
      return `fuel ${spec.fuel_cost_per_kwh} ${currency}/kWh`;
    case 'job':
      return spec.after ? `after ${spec.after}` : 'once every day';
    case 'thermal_storage':
      return `demand from channel ${spec.demand_channel}`;
    case 'heat_source':
      return `feeds ${spec.tank}`;
  }
}
