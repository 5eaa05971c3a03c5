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

/** The team of a person who holds that permission in teams of the unit only. */
export function teamFor(me: Me | undefined, permission: string, unit: string): string | undefined {
  const scopes = me?.permissions.find((held) => held.permission === permission)?.scopes ?? [];
  const prefix = `team:${unit}/`;
  if (!scopes.every((scope) => scope.startsWith('team:'))) return undefined;
  return scopes.find((scope) => scope.startsWith(prefix))?.slice(prefix.length);
}

/** What the signed-in person may do. */
export function useMay(): (permission: string) => boolean {
  const { data } = useQuery(meQuery);
  return (permission) => holds(data, permission);
}
