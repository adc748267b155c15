import type { IncomingHttpHeaders } from 'node:http';
import { askedVersion } from './api-version.ts';
import { Query } from './query.ts';

/** A received request, for tests of the requests that a client sends. It holds no secrets and no values of bodies. */
export interface ReceivedRequest {
  readonly method: string;
  /** Without the query, as sent. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Name of the resource or Git service. */
  readonly resource: string | undefined;
  /** The version that it asks for, in the query or in the Accept header. */
  readonly apiVersion: string | undefined;
  /** In lower case; of `authorization` only the scheme. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ReceivedBody;
}

export type ReceivedBody =
  | { readonly kind: 'none' }
  /** A Git client's stream, or one that broke off or is too large. */
  | { readonly kind: 'unread' }
  | { readonly kind: 'other'; readonly contentType: string }
  /** Names as `commits[].changes[].item.path`, each once; of an empty object or list its own name. */
  | { readonly kind: 'json'; readonly contentType: string; readonly fields: readonly string[] };

export interface IncomingParts {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly resource: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** `undefined` where it could not be read, or not without taking it from its reader. */
  readonly body: Buffer | undefined;
}

/** Headers with secret values. */
const secretHeaders = new Set(['cookie', 'proxy-authorization', 'x-functions-key']);

/** Records the known parts of a request. */
export function describeRequest({ method, target, resource, headers, body }: IncomingParts): ReceivedRequest {
  const [path = '', search = ''] = target.split(/\?(.*)/s);
  const parameters = new URLSearchParams(search);
  return {
    method,
    path,
    query: Object.fromEntries(parameters),
    resource,
    apiVersion: askedVersion({ query: new Query(parameters), headers }),
    headers: withoutSecrets(headers),
    body: describeBody(headers['content-type'] ?? '', body),
  };
}

function withoutSecrets({ authorization, ...headers }: IncomingHttpHeaders): Record<string, string> {
  const shown = Object.entries(headers).flatMap(([name, value]) =>
    secretHeaders.has(name) || value === undefined ? [] : [[name, String(value)] as const],
  );
  const scheme = authorization?.split(' ')[0];
  return { ...Object.fromEntries(shown), ...(scheme === undefined ? {} : { authorization: scheme }) };
}

function describeBody(header: string, body: Buffer | undefined): ReceivedBody {
  const contentType = header.split(';')[0]?.trim().toLowerCase() ?? '';
  if (body === undefined) return { kind: 'unread' };
  if (body.length === 0) return { kind: 'none' };
  if (!/[/+]json$/.test(contentType)) return { kind: 'other', contentType };
  try {
    const fields = new Set<string>();
    collect(JSON.parse(body.toString('utf8')), '', fields);
    return { kind: 'json', contentType, fields: [...fields] };
  } catch {
    // A body that is declared as JSON and is not.
    return { kind: 'other', contentType };
  }
}

function collect(value: unknown, name: string, fields: Set<string>): void {
  const isContainer = typeof value === 'object' && value !== null;
  const inner = isContainer ? Object.entries(value) : [];
  if (inner.length === 0) fields.add(Array.isArray(value) ? `${name}[]` : name);
  for (const [key, field] of inner) {
    if (Array.isArray(value)) collect(field, `${name}[]`, fields);
    else collect(field, name === '' ? key : `${name}.${key}`, fields);
  }
}
