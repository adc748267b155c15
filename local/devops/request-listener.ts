import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FaultPlan } from './faults/fault-plan.ts';
import { dropped, runWithFaults } from './faults/run-with-faults.ts';
import { resolveRequest } from './resolve-request.ts';
import type { ResolvedRequest } from './resolve-request.ts';
import { isAuthenticated } from './server/authentication.ts';
import type { Platform } from './server/platform.ts';
import { describeRequest } from './server/received-request.ts';
import type { ReceivedRequest } from './server/received-request.ts';
import { errorReply, json, send } from './server/reply.ts';
import type { Reply } from './server/reply.ts';
import { ServiceError } from './server/service-error.ts';

/** A request as it went, for tests that check what a client sends. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  /** Name of the resource or Git service. */
  readonly resource: string | undefined;
  /** `undefined` where the connection was dropped instead of answering. */
  readonly status: number | undefined;
}

export interface ListenerOptions {
  readonly platform: Platform;
  readonly faults: FaultPlan;
  readonly tokens: readonly string[];
  readonly record: (request: RecordedRequest) => void;
  /** Gets every request, whatever is answered. */
  readonly onRequest?: (request: ReceivedRequest) => void;
  readonly log: (line: string) => void;
}

/** Answers every request: faults first, then the sign-in, then what the URL names. */
export function createRequestListener(options: ListenerOptions): RequestListener {
  return (request, response) => {
    handle(options, request, response).catch((error: unknown) => {
      // A client that disconnects is not a fault of the emulator.
      if (!request.socket.destroyed) options.log(`${request.method} ${request.url}: ${String(error)}`);
      response.destroy();
    });
  };
}

async function handle(options: ListenerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const resolved = resolveRequest(options.platform, request);
  const { method, path, resource } = resolved;
  if (options.onRequest) {
    // A too large body is reported by the answer; a client that has disconnected needs none.
    const body = await resolved.readBody().catch(() => undefined);
    options.onRequest(describeRequest({ method, target: path, resource, headers: request.headers, body }));
  }
  const reply = await answer(options, resolved, request.headers);
  options.record({ method, path, resource, status: reply === dropped ? undefined : reply.status });
  if (reply === dropped) request.socket.destroy();
  else await send(reply, response);
}

async function answer(
  { platform, faults, tokens, log }: ListenerOptions,
  resolved: ResolvedRequest,
  headers: IncomingHttpHeaders,
): Promise<Reply | typeof dropped> {
  try {
    const delay = (milliseconds: number): Promise<boolean> => faults.delay(milliseconds);
    if (faults.latency > 0 && !(await delay(faults.latency))) return dropped;
    const actions = await faults.strike(resolved);
    const { now } = platform;
    const { area, deleteBranch } = resolved;
    return await runWithFaults(actions, { now, area, deleteBranch, delay }, async () =>
      isAuthenticated(headers, resolved.tokens(tokens)) ? resolved.answer() : resolved.signIn(),
    );
  } catch (error) {
    if (error instanceof ServiceError) return errorReply(error);
    log(
      `${resolved.method} ${resolved.path}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return json(
      { $id: '1', innerException: null, message: String(error), typeName: '', typeKey: '', errorCode: 0, eventId: 0 },
      500,
    );
  }
}
