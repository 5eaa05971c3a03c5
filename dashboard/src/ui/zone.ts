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

/** The instant of a local time; in a gap of the clock the time after it. */
export function instantOf({ date, time }: Local, zone: string): Date {
  const wanted = Date.parse(`${date}T${time}:00Z`);
  let guess = wanted;
  // Twice: the offset found first may belong to the other side of a change of the clock.
  for (let round = 0; round < 2; round += 1) {
    const seen = localIn(guess, zone);
    guess += wanted - Date.parse(`${seen.date}T${seen.time}:00Z`);
  }
  return new Date(guess);
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
