import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Emit } from './host-event.ts';
import { answerAdmin, type AdminDeps } from './admin-requests.ts';
import { keyOf, type KeyCheck } from './http-auth.ts';
import type { HttpFunction } from './http-function.ts';
import { BodyTooLargeError, readBody, routePathOf, toHttpData, urlOf } from './http-request.ts';
import { sendResult } from './http-response.ts';
import type { InvocationResult, Trigger } from './run-invocation.ts';

export interface HttpServerDeps extends AdminDeps {
  readonly allows: KeyCheck;
  /** In the order in which their routes are tried. */
  readonly functions: readonly HttpFunction[];
  readonly emit: Emit;
  run(target: HttpFunction, trigger: Trigger): Promise<InvocationResult>;
}

export interface HttpServer {
  readonly url: string;
  /** Takes no more connections; settles when the requests that are being answered have been. */
  stop(): Promise<void>;
  /** Ends every connection. */
  destroy(): void;
}

const loopback = '127.0.0.1';

/** Interval at which connections are checked while the server stops. */
const sweepMs = 50;
/** How long a caller that is sending its request is waited for. */
const halfSentMs = 500;

/** Serves the HTTP functions on a loopback port; 0 takes a free one. Rejects where the port is taken. */
export async function startHttpServer(port: number, deps: HttpServerDeps): Promise<HttpServer> {
  const open = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    open.add(response);
    response.on('close', () => open.delete(response));
    // A caller that disconnects is not an error of the host.
    response.on('error', () => response.destroy());
    answer(request, response, deps).catch((error: unknown) => {
      deps.emit({ type: 'host-error', doing: `answering ${request.method} ${request.url?.split('?')[0]}`, error });
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  // Kestrel's; Node's own 5 s end connections that clients are about to use again.
  server.keepAliveTimeout = 130_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, loopback, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => deps.emit({ type: 'host-error', doing: 'listening for HTTP requests', error }));
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    for (const response of open) if (!response.headersSent) response.setHeader('connection', 'close');
    // Connections become idle one by one; one whose request never arrives whole is not waited for.
    const startedAt = performance.now();
    const sweep = setInterval(() => {
      server.closeIdleConnections();
      if (performance.now() - startedAt < halfSentMs) return;
      for (const { req } of open) if (!req.complete) req.destroy();
      if (open.size === 0) server.closeAllConnections();
    }, sweepMs);
    server.closeIdleConnections();
    await closed.finally(() => clearInterval(sweep));
  };
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${loopback}:${taken}`,
    stop: () => (stopped ??= stop()),
    destroy: () => server.closeAllConnections(),
  };
}

/**
 * The order of the Functions host: route and method (a method that no function of the path takes is a 404, as the method is
 * part of the route), then the key, then the body.
 */
async function answer(request: IncomingMessage, response: ServerResponse, deps: HttpServerDeps): Promise<void> {
  const url = urlOf(request, loopback);
  if (url === undefined) {
    end(response, 400);
    return;
  }
  const path = routePathOf(url);
  const key = keyOf(request, url.searchParams);
  const isAdmin = /^admin(?:\/|$)/iu.test(path);
  const found = isAdmin ? undefined : route(deps.functions, request.method ?? '', path);
  if (found === undefined && !isAdmin) {
    end(response, 404);
    return;
  }
  if (!deps.allows(key, found?.target.info.authLevel ?? 'admin')) {
    end(response, 401);
    return;
  }
  let body: Buffer | undefined;
  try {
    body = await readBody(request);
  } catch (error) {
    // Otherwise the caller disconnected while it was sending, and needs no answer.
    if (error instanceof BodyTooLargeError) end(response.setHeader('connection', 'close'), 413);
    return;
  }
  if (found === undefined) {
    end(response, ...answerAdmin(request.method ?? '', path, body, deps));
    return;
  }
  const { target, params } = found;
  const result = await deps.run(target, {
    binding: target.binding,
    data: { http: toHttpData(request, url, params, body) },
    metadata: {},
    reason: 'This function was programmatically called via the host APIs.',
  });
  sendResult(response, result);
}

function route(
  functions: readonly HttpFunction[],
  method: string,
  path: string,
): { target: HttpFunction; params: Readonly<Record<string, string>> } | undefined {
  for (const target of functions) {
    const { methods } = target.info;
    const params = methods.length === 0 || methods.includes(method) ? target.match(path) : undefined;
    if (params !== undefined) return { target, params };
  }
  return undefined;
}

function end(response: ServerResponse, status: number, body?: object): void {
  response.statusCode = status;
  if (body === undefined) response.end();
  else response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
}
