import { useNow } from '@/ui/clock';
import { age } from '@/ui/format';
import { useStore } from '@/ui/store';
import { browserZone, dateTimeText } from '@/ui/zone';
import { live } from '../live';
import { Popup } from './Popup';
import classes from './popup.module.css';

/** Whether the page is live, how old its newest fact is, and if not live, why. */
export function LiveIndicator() {
  const state = useStore(live);
  useNow();
  const newest = state.lastFactAt ? age(state.lastFactAt, Date.now()) : null;
  const word = state.connected ? (newest ? `Live · ${newest}` : 'Live') : 'Not live';
  return (
    <Popup
      label={
        state.connected ? `Live${newest ? `, newest event ${newest}` : ''}` : `Not live: ${state.reason}`
      }
      button={
        <>
          <span className={classes.dot} data-live={state.connected || undefined} />
          <span className={classes.liveWord}>{word}</span>
        </>
      }
    >
      {() => (
        <div className={classes.liveText}>
          {state.connected ? (
            <p>Changes show here as they happen.</p>
          ) : (
            <p>{state.reason} What you see is as it was read; it may be old.</p>
          )}
          <p className="muted">
            {state.lastFactAt
              ? `Newest event: ${dateTimeText(state.lastFactAt, browserZone)} (${browserZone})`
              : 'No event since this page was opened.'}
          </p>
        </div>
      )}
    </Popup>
  );
}
