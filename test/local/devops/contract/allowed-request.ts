/** One request that the app may send to Azure DevOps. */
export interface AllowedRequest {
  readonly name: string;
  readonly method: 'OPTIONS' | 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** After the organization; words in braces stand for one segment, a star at the end for the rest. */
  readonly path: string;
  /** The versions that the service has of it and that are asked for; none where the service wants none. */
  readonly versions: readonly string[] | 'none';
  /** Names of query parameters, in their own spelling: a question mark at the end says that one may be left out. */
  readonly query?: readonly string[];
  /** What the body is; nothing where it is left out. */
  readonly body?: AllowedBody;
}

/**
 * Fields as the emulator names them, `commits[].comment`. A question mark at the end says that one may be left out, a
 * star that any name may stand there.
 */
export type AllowedBody =
  | { readonly contentType: 'application/json' | 'application/json-patch+json'; readonly fields: readonly string[] }
  | { readonly contentType: 'application/octet-stream' };

export function jsonBody(...fields: readonly string[]): AllowedBody {
  return { contentType: 'application/json', fields };
}
