import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, body, everyItem } from '@/api/client';

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: () =>
    everyItem((cursor) =>
      body(api.GET('/api/v1/identity/users', { params: { query: { limit: 200, cursor } } })),
    ),
});

export const apiKeysQuery = queryOptions({
  queryKey: ['api-keys'],
  queryFn: () =>
    everyItem((cursor) =>
      body(api.GET('/api/v1/identity/api-keys', { params: { query: { limit: 200, cursor } } })),
    ),
});

export const auditQuery = infiniteQueryOptions({
  queryKey: ['audit'],
  queryFn: ({ pageParam }) =>
    body(api.GET('/api/v1/audit/records', { params: { query: { limit: 50, cursor: pageParam } } })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last) => last.next_cursor ?? undefined,
});
