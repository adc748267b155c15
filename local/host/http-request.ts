import type { IncomingMessage } from 'node:http';
import type { HttpData, Nullable } from './core-types.ts';

/** The most bytes that a request body may have; the default of the Functions host. */
export const maxBodyBytes = 100 * 1024 * 1024;

/** The body has more bytes than the host takes. */
export class BodyTooLargeError extends Error {}

/** The URL that a request asks for, or undefined where its target or its Host header makes none. */
export function urlOf(request: IncomingMessage, defaultHost: string): URL | undefined {
  const target = request.url ?? '';
  const origin = `http://${request.headers.host ?? defaultHost}`;
  const text = target.startsWith('/') ? origin + target : target;
  return URL.canParse(text) && /^http:\/\//iu.test(text) ? new URL(text) : undefined;
}

/** The path for routes: decoded except for `%2F`, without the leading slash. An undecodable part is kept. */
export function routePathOf({ pathname }: URL): string {
  const path = pathname.slice(1);
  try {
    return decodeURIComponent(path.replaceAll(/%2f/giu, (slash) => `%25${slash.slice(1)}`));
  } catch {
    return path;
  }
}

/**
 * Reads the body of a request that declares its length. As the Functions host does, one that does not (`Transfer-Encoding:
 * chunked`) is taken as empty. Rejects with `BodyTooLargeError`, or with why the caller's connection ended.
 */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > maxBodyBytes) throw new BodyTooLargeError();
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) if (length > 0) chunks.push(chunk);
  return length > 0 ? Buffer.concat(chunks) : undefined;
}

/** A request in the form in which the host hands it to the app: several values of one name joined by a comma. */
export function toHttpData(
  request: IncomingMessage,
  url: URL,
  params: Readonly<Record<string, string>>,
  body: Buffer | undefined,
): HttpData {
  const headers: [string, string][] = [];
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    headers.push([request.rawHeaders[index]?.toLowerCase() ?? '', request.rawHeaders[index + 1] ?? '']);
  }
  return {
    method: request.method ?? 'GET',
    url: url.href,
    nullableHeaders: join(headers),
    nullableQuery: join(url.searchParams),
    nullableParams: join(Object.entries(params)),
    ...(body === undefined ? {} : { body: { bytes: body } }),
  };
}

function join(pairs: Iterable<readonly [string, string]>): Record<string, Nullable<string>> {
  const joined = new Map<string, { readonly name: string; readonly values: string[] }>();
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    const earlier = joined.get(key);
    if (earlier === undefined) joined.set(key, { name, values: [value] });
    else earlier.values.push(value);
  }
  return Object.fromEntries([...joined.values()].map(({ name, values }) => [name, { value: values.join(',') }]));
}
