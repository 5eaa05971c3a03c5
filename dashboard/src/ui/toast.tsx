import { type ReactNode, useEffect, useRef } from 'react';
import { Icon } from './Icon';
import { store, useStore } from './store';
import classes from './toast.module.css';

interface Toast {
  id: number;
  kind: 'good' | 'bad';
  content: ReactNode;
}

const toasts = store<Toast[]>([]);
let last = 0;

function drop(id: number) {
  toasts.set(toasts.get().filter((toast) => toast.id !== id));
}

/** Says what changed, or why it did not. */
export function tell(content: ReactNode, kind: Toast['kind'] = 'good') {
  last += 1;
  const id = last;
  toasts.set([...toasts.get().slice(-3), { id, kind, content }]);
  window.setTimeout(() => drop(id), kind === 'good' ? 6000 : 12_000);
}

export function Toaster() {
  const list = useStore(toasts);
  const region = useRef<HTMLElement>(null);
  // Shown as a popover, so that it lies above an open drawer.
  useEffect(() => {
    if (list.length > 0) {
      region.current?.hidePopover?.();
      region.current?.showPopover?.();
    } else {
      region.current?.hidePopover?.();
    }
  }, [list]);
  return (
    <>
      {/* Read out from here: a region must be there before its words are. */}
      <div className="visually-hidden" role="status">
        {list.at(-1)?.content}
      </div>
      <section ref={region} popover="manual" className={classes.region} aria-label="Messages">
        {list.map((toast) => (
          <div key={toast.id} className={classes.toast} data-kind={toast.kind}>
            <Icon name={toast.kind === 'good' ? 'check' : 'error'} />
            <div className={classes.text}>{toast.content}</div>
            <button
              type="button"
              className={classes.close}
              aria-label="Dismiss"
              onClick={() => drop(toast.id)}
            >
              <Icon name="close" size={14} />
            </button>
          </div>
        ))}
      </section>
    </>
  );
}
