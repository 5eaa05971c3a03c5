import type { Optimization, Site } from '@/api/types';
import { dateTimeText, dayText, localIn } from '@/ui/zone';
import { OBJECTIVE } from '../words';

/** `Wed 12 Sept 2018, 24 h, for cost` in the site's zone. */
export function periodText(run: Optimization, site: Site): string {
  const hours = run.request.hours ?? 24;
  const start = run.result?.start ?? run.request.start;
  if (!start) return `${hours} h`;
  const midnight = localIn(start, site.time_zone).time === '00:00';
  const when = midnight ? dayText(start, site.time_zone) : dateTimeText(start, site.time_zone);
  return `${when}, ${hours} h`;
}

export function askedText(run: Optimization, site: Site): string {
  return `${periodText(run, site)} (${site.time_zone}), least ${OBJECTIVE[run.request.objective ?? 'cost'].toLowerCase()}`;
}
