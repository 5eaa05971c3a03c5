// The signed-in session of this tab. The access token lives in memory only; the refresh token is a cookie that no
// script can read. A refresh token may be used once, so tabs take turns through a lock.
import { ApiError } from './problem';

export type SessionState = 'unknown' | 'signed-in' | 'signed-out';

const HINT = 'nqba.signed-in';
const EARLY_S = 45;

let token: { value: string; expiresAt: number } | null = null;
let state: SessionState = 'unknown';
let renewing: Promise<string | null> | null = null;
const listeners = new Set<() => void>();

export const sessionState = () => state;

export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function become(next: SessionState) {
  // Not a secret: spares a visitor without a session a call that must fail.
  if (next === 'signed-in') localStorage.setItem(HINT, '1');
  else localStorage.removeItem(HINT);
  if (next === 'signed-out') token = null;
  if (next === state) return;
  state = next;
  for (const listener of listeners) listener();
}

// Another tab signed out.
window.addEventListener('storage', (event) => {
  if (event.key === HINT && event.newValue === null && state === 'signed-in') become('signed-out');
});

async function take(response: Response): Promise<string> {
  const body = (await response.json()) as { access_token: string; expires_in: number };
  token = { value: body.access_token, expiresAt: Date.now() + body.expires_in * 1000 };
  become('signed-in');
  return body.access_token;
}

async function renew(): Promise<string | null> {
  const call = () =>
    fetch('/api/v1/identity/sessions/refresh', { method: 'POST', headers: { 'X-CSRF-Protection': '1' } });
  const response = await (navigator.locks ? navigator.locks.request('nqba-refresh', call) : call());
  if (response.ok) return take(response);
  if (response.status === 401 || response.status === 403) {
    become('signed-out');
    return null;
  }
  throw ApiError.of(response, await response.json().catch(() => null));
}

function renewOnce(): Promise<string | null> {
  renewing ??= renew().finally(() => {
    renewing = null;
  });
  return renewing;
}

/** A token that holds for a while yet; null when nobody is signed in. */
export async function accessToken(refused?: string): Promise<string | null> {
  const fresh = token && token.expiresAt - Date.now() > EARLY_S * 1000 && token.value !== refused;
  if (fresh && token) return token.value;
  if (state === 'signed-out') return null;
  return renewOnce();
}

/** Finds out at the start whether this browser has a session. */
export async function resume(): Promise<SessionState> {
  if (state !== 'unknown') return state;
  if (localStorage.getItem(HINT) !== '1') become('signed-out');
  else await renewOnce();
  return state;
}

export async function signIn(email: string, password: string): Promise<void> {
  const response = await fetch('/api/v1/identity/sessions', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'Idempotency-Key': crypto.randomUUID() },
    body: JSON.stringify({ email, password }),
  });
  if (!response.ok) throw ApiError.of(response, await response.json().catch(() => null));
  await take(response);
}

export async function signOut(): Promise<void> {
  const value = await accessToken().catch(() => null);
  if (value) {
    await fetch('/api/v1/identity/sessions/current', {
      method: 'DELETE',
      headers: { authorization: `Bearer ${value}` },
    }).catch(() => null);
  }
  become('signed-out');
}
