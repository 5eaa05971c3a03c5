import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import type { Me } from '@/api/types';

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: () => body(api.GET('/api/v1/identity/me')),
  staleTime: 300_000,
});

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: async () => (await body(api.GET('/api/v1/identity/sessions'))).items,
});

export const rolesQuery = queryOptions({
  queryKey: ['roles'],
  queryFn: async () => (await body(api.GET('/api/v1/identity/roles'))).items,
  staleTime: 600_000,
});

export const holds = (me: Me | undefined, permission: string) =>
  me?.permissions.some((held) => held.permission === permission) ?? false;

/** What the signed-in person may do. */
export function useMay(): (permission: string) => boolean {
  const { data } = useQuery(meQuery);
  return (permission) => holds(data, permission);
}
