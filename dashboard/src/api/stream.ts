// The live stream of facts. One connection per tab, resumed where it ended; it rests while the tab is long hidden,
// because a browser allows few connections to one host.
import { createParser } from 'eventsource-parser';
import { accessToken } from './session';

export interface Fact {
  id: string;
  type: string;
  subject: string;
  time: string;
  data: Record<string, unknown>;
}

export interface LiveState {
  connected: boolean;
  /** Why nothing is live, in words. */
  reason: string | null;
  /** When the newest fact came, as the sender states it. */
  lastFactAt: number | null;
  connectedAt: number | null;
}

const SILENCE_MS = 40_000;
const HIDDEN_MS = 120_000;

export function openStream(
  types: string,
  onFact: (fact: Fact) => void,
  onState: (change: Partial<LiveState>) => void,
  onResume: () => void,
): () => void {
  let closed = false;
  let lastId: string | null = null;
  let failures = 0;
  let abort = new AbortController();
  let wake: (() => void) | null = null;
  let hiddenTimer = 0;
  let resting = false;

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = window.setTimeout(resolve, ms);
      wake = () => {
        window.clearTimeout(timer);
        resolve();
      };
    });

  async function connect(refused?: string): Promise<void> {
    const token = await accessToken(refused);
    if (!token) return;
    const headers: Record<string, string> = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
    if (lastId) headers['last-event-id'] = lastId;
    const url = `/api/v1/events/stream?type=${encodeURIComponent(types)}`;
    const response = await fetch(url, { headers, signal: abort.signal, cache: 'no-store' });
    if (response.status === 401 && !refused) return connect(token);
    if (!response.ok || !response.body) throw new Error(`The stream answered ${response.status}.`);

    const resumed = failures > 0 || lastId !== null;
    failures = 0;
    onState({ connected: true, reason: null, connectedAt: Date.now() });
    if (resumed) onResume();

    const parser = createParser({
      onEvent: ({ id, data }) => {
        if (id) lastId = id;
        const fact = JSON.parse(data) as Fact;
        onState({ lastFactAt: Date.parse(fact.time) });
        onFact(fact);
      },
    });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const silence = window.setTimeout(() => abort.abort(), SILENCE_MS);
      const { done, value } = await reader.read().finally(() => window.clearTimeout(silence));
      if (done) return;
      parser.feed(value);
    }
  }

  async function run() {
    while (!closed) {
      abort = new AbortController();
      try {
        await connect();
      } catch {
        failures += 1;
      }
      if (closed) return;
      const reason = resting
        ? 'Paused while this tab is hidden.'
        : failures > 1
          ? 'The server does not answer; trying again.'
          : 'Connecting again.';
      onState({ connected: false, reason });
      if (resting) await pause(2 ** 31 - 1);
      else await pause(Math.min(15_000, 500 * 2 ** failures));
    }
  }

  const onVisibility = () => {
    window.clearTimeout(hiddenTimer);
    if (document.hidden) {
      hiddenTimer = window.setTimeout(() => {
        resting = true;
        abort.abort();
      }, HIDDEN_MS);
    } else if (resting) {
      resting = false;
      wake?.();
    }
  };
  document.addEventListener('visibilitychange', onVisibility);
  void run();

  return () => {
    closed = true;
    window.clearTimeout(hiddenTimer);
    document.removeEventListener('visibilitychange', onVisibility);
    abort.abort();
    wake?.();
  };
}
