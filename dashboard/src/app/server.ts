/** Whether the server answers at all. */
async function answers(): Promise<boolean> {
  try {
    const options: RequestInit = { cache: 'no-store', signal: AbortSignal.timeout(5000) };
    return (await fetch('/livez', options)).ok;
  } catch {
    return false;
  }
}

class Unreachable extends Error {
  constructor() {
    super('The server does not answer.');
  }
}

/**
 * Why a page's file did not come. If the server answers, a new version replaced the file and the router
 * loads the whole app anew; if not, that would lose the app to the browser's own error page.
 */
export async function whyNotLoaded(error: unknown): Promise<never> {
  throw (await answers()) ? error : new Unreachable();
}

/** A file of the app that could not be fetched, as the browsers, Vite and we call it. */
export const isNotLoaded = (error: unknown) =>
  error instanceof Unreachable ||
  (error instanceof Error &&
    /dynamically imported module|Importing a module script failed|Unable to preload CSS/.test(error.message));

/** Starts the app anew at the same address once the server answers: browsers remember a failed import. */
export async function reloadIfAnswered(): Promise<void> {
  if (await answers()) window.location.reload();
}
