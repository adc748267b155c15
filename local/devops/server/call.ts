import type { IncomingHttpHeaders } from 'node:http';
import type { Platform } from './platform.ts';
import type { Query } from './query.ts';

/** One request to a resource, with its route taken apart. */
export interface Call {
  readonly platform: Platform;
  readonly method: string;
  readonly organization: string;
  /** Name or id, as the URL has it; none in an organization-level URL. */
  readonly project: string | undefined;
  /** The words of the resource's route template. */
  readonly route: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly headers: IncomingHttpHeaders;
  /** The whole body, read once. Rejects with a `ServiceError` where it is over the service's limit. */
  readonly body: () => Promise<Buffer>;
}
