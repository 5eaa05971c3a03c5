import { useSyncExternalStore } from 'react';

let now = Date.now();
let timer = 0;
const listeners = new Set<() => void>();

function subscribe(listener: () => void) {
  listeners.add(listener);
  if (listeners.size === 1) {
    timer = window.setInterval(() => {
      now = Date.now();
      for (const each of listeners) each();
    }, 5000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) window.clearInterval(timer);
  };
}

/** The time, to five seconds: one timer serves every age on the page. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}
