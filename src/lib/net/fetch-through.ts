import { send } from './send.ts';

interface FetchOptions {
  readonly method?: string | undefined;
  readonly headers?: ConstructorParameters<typeof Headers>[0] | undefined;
  readonly body?: unknown;
  readonly signal?: AbortSignal | null | undefined;
}

const defaultTimeoutMs = 10_000;

/** The one HTTP path in the form of `fetch`, as the transport of a package. */
export function fetchThrough(maxBytes: number): (url: string, options: FetchOptions) => Promise<Response> {
  return async (url, { method = 'GET', headers, body, signal }) => {
    if (body !== undefined && body !== null && typeof body !== 'string')
      throw new TypeError('expected the package to send text');
    const answer = await send({
      method,
      url,
      headers: Object.fromEntries(new Headers(headers)),
      ...(typeof body === 'string' && { body }),
      signal: signal ?? AbortSignal.timeout(defaultTimeoutMs),
      maxBytes,
    });
    // A `Response` with one of these statuses has no body.
    const bytes = answer.status === 204 || answer.status === 304 ? null : Uint8Array.from(answer.body);
    return new Response(bytes, { status: answer.status, headers: answer.headers });
  };
}
