import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, body, everyItem } from '@/api/client';
import type { JobStatus, Optimization } from '@/api/types';

const SITE = '/api/v1/energy/sites/{site_id}' as const;
const path = (site_id: string) => ({ params: { path: { site_id } } });

export const ended = (status: JobStatus) =>
  status === 'succeeded' || status === 'failed' || status === 'cancelled';

export const sitesQuery = queryOptions({
  queryKey: ['sites'],
  queryFn: () =>
    everyItem((cursor) =>
      body(api.GET('/api/v1/energy/sites', { params: { query: { limit: 200, cursor } } })),
    ),
});

export const siteQuery = (id: string) =>
  queryOptions({ queryKey: ['site', id], queryFn: () => body(api.GET(SITE, path(id))) });

export const assetsQuery = (id: string) =>
  queryOptions({
    queryKey: ['site', id, 'assets'],
    queryFn: () => everyItem(() => body(api.GET(`${SITE}/assets`, path(id)))),
  });

export const channelsQuery = (id: string) =>
  queryOptions({
    queryKey: ['site', id, 'channels'],
    queryFn: async () => (await body(api.GET(`${SITE}/channels`, path(id)))).items,
  });

export interface Span {
  from?: string;
  to?: string;
}

export const readingsQuery = (id: string, span: Span = {}, channels?: string[]) =>
  queryOptions({
    queryKey: ['site', id, 'readings', span, channels],
    queryFn: () =>
      body(
        api.GET(`${SITE}/readings`, {
          params: { path: { site_id: id }, query: { ...span, channel: channels } },
        }),
      ),
  });

export const tariffsQuery = queryOptions({
  queryKey: ['tariffs'],
  queryFn: () =>
    everyItem((cursor) =>
      body(api.GET('/api/v1/energy/tariffs', { params: { query: { limit: 200, cursor } } })),
    ),
});

export const tariffQuery = (id: string) =>
  queryOptions({
    queryKey: ['tariff', id],
    queryFn: () =>
      body(api.GET('/api/v1/energy/tariffs/{tariff_id}', { params: { path: { tariff_id: id } } })),
    // A tariff is never edited in place.
    staleTime: Number.POSITIVE_INFINITY,
  });

const anyRuns = (items: Optimization[]) => items.some((item) => !ended(item.status));

/** Newest first. Polled while one runs, in case the stream is not there. */
export const optimizationsQuery = (siteId?: string, limit = 50) =>
  queryOptions({
    queryKey: ['optimizations', siteId ?? 'all', limit],
    queryFn: () =>
      body(api.GET('/api/v1/energy/optimizations', { params: { query: { site_id: siteId, limit } } })),
    refetchInterval: (query) => (anyRuns(query.state.data?.items ?? []) ? 5000 : false),
  });

export const runsQuery = (siteId: string) =>
  infiniteQueryOptions({
    queryKey: ['optimizations', siteId, 'pages'],
    queryFn: ({ pageParam }) =>
      body(
        api.GET('/api/v1/energy/optimizations', {
          params: { query: { site_id: siteId, limit: 50, cursor: pageParam } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    refetchInterval: (query) =>
      anyRuns(query.state.data?.pages.flatMap((page) => page.items) ?? []) ? 5000 : false,
  });

export const optimizationQuery = (id: string) =>
  queryOptions({
    queryKey: ['optimization', id],
    queryFn: () => body(api.GET('/api/v1/energy/optimizations/{id}', { params: { path: { id } } })),
    refetchInterval: (query) => (query.state.data && !ended(query.state.data.status) ? 2000 : false),
    staleTime: (query) => (query.state.data && ended(query.state.data.status) ? Number.POSITIVE_INFINITY : 0),
  });
