import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** A fault of a storage service, before a request is processed or after it, in place of its answer. */
export type StorageFault =
  /** The request is processed later. */
  | { readonly kind: 'latency'; readonly milliseconds: number }
  /** 503. Clients try again. */
  | { readonly kind: 'unavailable'; readonly when: 'before' | 'after' }
  /** 403. Clients do not try again. */
  | { readonly kind: 'refused'; readonly when: 'before' | 'after' }
  /** The connection breaks. Clients try again. */
  | { readonly kind: 'drop'; readonly when: 'before' | 'after' };

/** The fault of a request; `undefined` if it has none. */
export type StrikeRequest = (request: IncomingMessage) => StorageFault | undefined;

/** Lets faults strike the requests of a server. Call it after the server has its request listeners. */
export function strikeRequests(server: Server, strike: StrikeRequest): void {
  const listeners = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const process = (): void => {
      for (const listener of listeners) Reflect.apply(listener, server, [request, response]);
    };
    const fault = strike(request);
    if (fault === undefined) process();
    else if (fault.kind === 'latency') setTimeout(process, fault.milliseconds);
    else if (fault.when === 'before') {
      // The client may still send its body.
      request.resume();
      request.on('end', () => fail(response, fault));
    } else {
      replaceAnswer(response, fault);
      process();
    }
  });
}

type Failing = Exclude<StorageFault, { kind: 'latency' }>;

const statuses = { unavailable: 503, refused: 403 } as const;

function fail(response: ServerResponse, { kind }: Failing): void {
  if (kind === 'drop') response.destroy();
  else response.writeHead(statuses[kind]).end();
}

/** The service answers into nothing; when it has ended its answer, the request has been processed. */
function replaceAnswer(response: ServerResponse, fault: Failing): void {
  const writeHead = response.writeHead.bind(response);
  const end = response.end.bind(response);
  response.writeHead = () => response;
  response.write = () => true;
  response.end = () => {
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    response.writeHead = writeHead;
    response.end = end;
    fail(response, fault);
    return response;
  };
}
