import type { ReadingsReport } from '@/api/types';
import { count, plural } from '@/ui/format';
import { dateTimeText } from '@/ui/zone';
import classes from './data.module.css';

/** What the upload did, channel by channel. */
export function UploadReport({ report, zone }: { report: ReadingsReport; zone: string }) {
  return (
    <div className={classes.report}>
      {report.channels.map((channel) => (
        <section key={channel.channel}>
          <h3>{channel.channel}</h3>
          <p>
            {count(channel.received)} values given: {count(channel.inserted)} new, {count(channel.updated)}{' '}
            replaced, {count(channel.unchanged)} there already.
          </p>
          {(channel.duplicates > 0 || channel.gaps > 0) && (
            <p>
              {channel.duplicates > 0 &&
                `${plural(channel.duplicates, 'time')} given more than once; the last one holds. `}
              {channel.gaps > 0 && `${plural(channel.gaps, 'value')} missing in between.`}
            </p>
          )}
          {channel.first && channel.last && (
            <p className="muted small">
              From {dateTimeText(channel.first, zone)} to {dateTimeText(channel.last, zone)} ({zone})
            </p>
          )}
        </section>
      ))}
    </div>
  );
}
