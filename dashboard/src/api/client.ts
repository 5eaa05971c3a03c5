import createClient from 'openapi-fetch';
import { ApiError } from './problem';
import type { paths } from './schema';
import { accessToken } from './session';

/** Sends a request as the signed-in user; a token refused once is renewed once. */
export async function authorisedFetch(request: Request): Promise<Response> {
  const first = await accessToken();
  const retry = request.clone();
  if (first) request.headers.set('authorization', `Bearer ${first}`);
  const response = await fetch(request);
  if (response.status !== 401 || !first) return response;
  const second = await accessToken(first);
  if (!second) return response;
  retry.headers.set('authorization', `Bearer ${second}`);
  return fetch(retry);
}

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: authorisedFetch,
  querySerializer: { array: { style: 'form', explode: true } },
});

api.use({
  onRequest({ request }) {
    // A repeated POST has one effect: its key travels with the retry above.
    if (request.method === 'POST' && !request.headers.has('idempotency-key')) {
      request.headers.set('idempotency-key', crypto.randomUUID());
    }
    return request;
  },
});

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The body of a good answer; anything else is thrown as an `ApiError`. */
export async function body<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw ApiError.of(response, error);
  return data as T;
}

/** The entity tag of a version, for `If-Match`. */
export const ifMatch = (version: number) => ({ 'If-Match': `"v${version}"` });

/** Every item of a list that is read in pages. */
export async function everyItem<T>(
  page: (cursor: string | undefined) => Promise<{ items: T[]; next_cursor?: string | null }>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const next = await page(cursor);
    items.push(...next.items);
    cursor = next.next_cursor ?? undefined;
  } while (cursor && items.length < 2000);
  return items;
}
