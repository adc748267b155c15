import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { FaultPlan } from './faults/fault-plan.ts';
import { dropped, runWithFaults } from './faults/run-with-faults.ts';
import { resolveRequest } from './resolve-request.ts';
import type { ResolvedRequest } from './resolve-request.ts';
import { isAuthenticated } from './server/authentication.ts';
import type { Platform } from './server/platform.ts';
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
  readonly log: (line: string) => void;
}

/** Answers every request: faults first, then the sign-in, then what the URL names. */
export function createRequestListener(options: ListenerOptions): RequestListener {
  return (request, response) => {
    handle(options, request, response).catch((error: unknown) => {
      options.log(`${request.method} ${request.url}: ${String(error)}`);
      response.destroy();
    });
  };
}

async function handle(options: ListenerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { platform, faults, record } = options;
  const resolved = resolveRequest(platform, request);
  const { method, path, resource, deleteBranch } = resolved;
  if (faults.latency > 0) await setTimeout(faults.latency);
  const actions = await faults.strike(resolved);
  const reply = await runWithFaults(actions, { now: platform.now, deleteBranch }, () =>
    answer(options, resolved, request),
  );
  if (reply === dropped) {
    record({ method, path, resource, status: undefined });
    request.socket.destroy();
    return;
  }
  record({ method, path, resource, status: reply.status });
  await send(reply, response);
}

async function answer(
  { tokens, log }: ListenerOptions,
  resolved: ResolvedRequest,
  request: IncomingMessage,
): Promise<Reply> {
  if (!isAuthenticated(request.headers, tokens)) return resolved.signIn();
  try {
    return await resolved.answer();
  } catch (error) {
    if (error instanceof ServiceError) return errorReply(error);
    log(`${request.method} ${request.url}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    const body = {
      $id: '1',
      innerException: null,
      message: String(error),
      typeName: '',
      typeKey: '',
      errorCode: 0,
      eventId: 0,
    };
    return json(body, 500);
  }
}
