import { readKey, readPerson } from './session.ts';

/** An answer that is no success. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A change reads Git and Argo CD before it is answered. */
const longestMs = { read: 20_000, change: 60_000 };
const noAnswer = 'The app does not answer.';

interface Known {
  readonly etag: string;
  readonly value: unknown;
}

const known = new Map<string, Known>();

/** Forgets the answers of another key. */
export function forgetAnswers(): void {
  known.clear();
}

/**
 * `GET` of a path below `/api/`. An unchanged answer is the same object as before.
 *
 * @throws {ApiError} also if the app does not answer: status 0
 */
export async function get<T>(path: string): Promise<T> {
  const before = known.get(path);
  const response = await send(path, before && { headers: { 'if-none-match': before.etag } });
  if (response.status === 304 && before) return before.value as T;
  const value = await readAnswer(response);
  const etag = response.headers.get('etag');
  if (etag !== null) known.set(path, { etag, value });
  return value as T;
}

/** A request that changes something. */
export async function change<T>(method: 'POST' | 'DELETE', path: string, body: object): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  try {
    return (await readAnswer(await send(path, { method, body: JSON.stringify(body), headers }))) as T;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 0 || 'dryRun' in body) throw error;
    throw new ApiError(0, `${noAnswer} The change may have been made.`);
  }
}

/** An answer that was cut off, or that another server gave, is none. */
async function readAnswer(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    throw new ApiError(0, noAnswer);
  }
}

async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  const key = readKey();
  // The header proves to the app that no page of another origin sends the cookie of a signed-in person.
  if (key === undefined) headers.set('x-requested-with', 'tagrelay');
  else headers.set('x-functions-key', key);
  let response: Response;
  try {
    const signal = AbortSignal.timeout(init.method === undefined ? longestMs.read : longestMs.change);
    response = await fetch(addressOf(path), {
      ...init,
      headers,
      signal,
      cache: 'no-store',
      credentials: 'same-origin',
    });
  } catch {
    throw new ApiError(0, noAnswer);
  }
  if (response.ok || response.status === 304) return response;
  throw new ApiError(response.status, await problemOf(response));
}

/** The page is `/api/ui`, the API beside it, and the API for signed-in people below `signed-in/`. */
function addressOf(path: string): string {
  return new URL(`${readPerson() ? 'signed-in/' : ''}${path}`, new URL('.', location.href)).href;
}

async function problemOf(response: Response): Promise<string> {
  const { title, detail } = await readProblem(response);
  if (title !== undefined) return detail === undefined ? title : `${title}: ${detail}`;
  return response.status === 401 ? 'The key is wrong, or has no access.' : `The app answered ${response.status}.`;
}

/** The problem of an answer; a gateway before the app, or the host, answers without one. */
async function readProblem(response: Response): Promise<{ readonly title?: string; readonly detail?: string }> {
  if (response.headers.get('content-type')?.startsWith('application/problem+json') !== true) return {};
  return (await readAnswer(response)) as { readonly title?: string; readonly detail?: string };
}
