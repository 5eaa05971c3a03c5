import { useNow } from './clock';
import { age } from './format';
import { browserZone, dateTimeText } from './zone';

/** How long ago; the moment itself, with its zone, on hover. */
export function Ago({ time, zone = browserZone }: { time: string | null | undefined; zone?: string }) {
  const now = useNow();
  if (!time) return <span className="muted">never</span>;
  return (
    <time dateTime={time} title={`${dateTimeText(time, zone)} (${zone})`}>
      {age(time, Math.max(now, Date.parse(time) < Date.now() ? Date.now() : now))}
    </time>
  );
}
