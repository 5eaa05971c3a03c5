import type { Asset, Channel, Site, Tariff } from '@/api/types';
import { addDays, instantOf, localIn } from '@/ui/zone';

/** Channels that a plan of the site reads. */
export function neededChannels(assets: Asset[], tariff: Tariff | undefined): string[] {
  const names = assets.flatMap(({ spec }) =>
    spec.type === 'load' || spec.type === 'pv'
      ? [spec.channel]
      : spec.type === 'thermal_storage'
        ? [spec.demand_channel]
        : [],
  );
  for (const price of [tariff?.import, tariff?.export])
    if (price?.type === 'dynamic') names.push(price.channel);
  return [...new Set(names)];
}

export interface DataSpan {
  from: number;
  to: number;
}

/** The time for which every needed channel has been measured. */
export function commonSpan(channels: Channel[], needed: string[]): DataSpan | null {
  const used = channels.filter((channel) => needed.includes(channel.channel));
  if (used.length === 0 || used.some((channel) => !channel.first || !channel.last)) return null;
  const from = Math.max(...used.map((channel) => Date.parse(channel.first ?? '')));
  const to = Math.min(...used.map((channel) => Date.parse(channel.last ?? '') + channel.step_s * 1000));
  return from < to ? { from, to } : null;
}

/** The last whole local day of the data. */
export function lastWholeDay(span: DataSpan | null, site: Site): string {
  const end = localIn(span?.to ?? site.last_reading_at ?? Date.now(), site.time_zone);
  const midnight = instantOf({ date: end.date, time: '00:00' }, site.time_zone).getTime();
  // A day that ends exactly with the data is whole.
  return addDays(end.date, midnight <= (span?.to ?? Number.POSITIVE_INFINITY) ? -1 : -2);
}
