// What the stream of facts means for the pages: progress is written into the cache at once, anything else makes the
// lists that it touches read again.
import type { InfiniteData } from '@tanstack/react-query';
import { useEffect } from 'react';
import { type Fact, type LiveState, openStream } from '@/api/stream';
import type { JobStatus, Optimization } from '@/api/types';
import { store } from '@/ui/store';
import { queryClient } from './queryClient';

export const live = store<LiveState>({
  connected: false,
  reason: 'Connecting.',
  lastFactAt: null,
  connectedAt: null,
});

/** Step of a running optimisation by its id: `solving`. */
export const steps = store<Record<string, string>>({});

interface RunPage {
  items: Optimization[];
  next_cursor?: string | null;
}

const ENDED: Record<string, JobStatus> = { completed: 'succeeded', failed: 'failed', cancelled: 'cancelled' };

function onOptimization(fact: Fact, kind: string) {
  const id = String(fact.data.optimization_id ?? fact.subject);
  if (kind === 'progressed') {
    steps.set({ ...steps.get(), [id]: String(fact.data.step) });
    const further = (old: Optimization): Optimization =>
      old.id === id && (old.status === 'queued' || old.status === 'running')
        ? { ...old, status: 'running', progress_ratio: Number(fact.data.progress_ratio) }
        : old;
    queryClient.setQueryData<Optimization>(['optimization', id], (old) => old && further(old));
    queryClient.setQueriesData<RunPage | InfiniteData<RunPage>>({ queryKey: ['optimizations'] }, (old) => {
      if (!old) return old;
      const inPage = (page: RunPage): RunPage => ({ ...page, items: page.items.map(further) });
      return 'pages' in old ? { ...old, pages: old.pages.map(inPage) } : inPage(old);
    });
    return;
  }
  if (kind in ENDED) {
    const { [id]: _, ...rest } = steps.get();
    steps.set(rest);
  }
  void queryClient.invalidateQueries({ queryKey: ['optimization', id] });
  void queryClient.invalidateQueries({ queryKey: ['optimizations'] });
}

function onFact(fact: Fact) {
  const [, , unit, resource, kind = ''] = fact.type.split('.');
  if (unit !== 'energy') return;
  if (resource === 'optimization') return onOptimization(fact, kind);
  const site = String(fact.data.site_id ?? fact.subject);
  if (resource === 'site') {
    void queryClient.invalidateQueries({ queryKey: ['sites'] });
    void queryClient.invalidateQueries({ queryKey: ['site', site] });
  }
  if (resource === 'readings') {
    void queryClient.invalidateQueries({ queryKey: ['sites'] });
    void queryClient.invalidateQueries({ queryKey: ['site', site] });
  }
}

/** Keeps the tab live while somebody who may follow the events is signed in. */
export function useLive(allowed: boolean) {
  useEffect(() => {
    if (!allowed) {
      live.set({ ...live.get(), connected: false, reason: 'Your roles do not include the live stream.' });
      return;
    }
    return openStream(
      'com.nqba.energy.*',
      onFact,
      (change) => live.set({ ...live.get(), ...change }),
      () => {
        // What happened in between may have been missed.
        for (const key of ['sites', 'optimizations', 'optimization']) {
          void queryClient.invalidateQueries({ queryKey: [key] });
        }
      },
    );
  }, [allowed]);
}
