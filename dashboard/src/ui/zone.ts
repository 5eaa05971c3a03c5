// Times in a site's zone. The platform's own tables of zones do the work.

export interface Local {
  /** `YYYY-MM-DD` */
  date: string;
  /** `HH:MM` */
  time: string;
}

export const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone });
    formats.set(key, found);
  }
  return found;
}

const DATE: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short', year: 'numeric' };
const TIME: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };

export const dateText = (time: string | number | Date, zone: string) =>
  formatter(zone, DATE).format(new Date(time));
export const timeText = (time: string | number | Date, zone: string) =>
  formatter(zone, TIME).format(new Date(time));
export const dayText = (time: string | number | Date, zone: string) =>
  formatter(zone, { weekday: 'short', ...DATE }).format(new Date(time));

/** `24 Nov 2026, 11:33` */
export function dateTimeText(time: string | number | Date, zone: string): string {
  return `${dateText(time, zone)}, ${timeText(time, zone)}`;
}

export function localIn(time: string | number | Date, zone: string): Local {
  const parts = formatter(zone, {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(time));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((p) => p.type === type)?.value ?? '';
  return {
    date: `${part('year')}-${part('month')}-${part('day')}`,
    time: `${part('hour')}:${part('minute')}`,
  };
}

const DAY_MS = 86_400_000;
const asUtc = ({ date, time }: Local) => Date.parse(`${date}T${time}:00Z`);

/** The instant of a local time: the first where the clock shows it twice, the one after where it shows it never. */
export function instantOf(local: Local, zone: string): Date {
  const wanted = asUtc(local);
  const offsetAt = (instant: number) => asUtc(localIn(instant, zone)) - instant;
  // Whatever the clock does that day, one of these two offsets holds.
  const before = wanted - offsetAt(wanted - DAY_MS);
  const after = wanted - offsetAt(wanted + DAY_MS);
  const shown = [before, after].filter((instant) => asUtc(localIn(instant, zone)) === wanted);
  return new Date(shown.length > 0 ? Math.min(...shown) : before);
}

export function addDays(date: string, days: number): string {
  const time = new Date(`${date}T00:00:00Z`);
  time.setUTCDate(time.getUTCDate() + days);
  return time.toISOString().slice(0, 10);
}

export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
