import { once } from 'node:events';
import { createServer, request as sendRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ForwardingServer {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** Something happens just before the next request that matches `POST /path` goes on. */
  before(match: RegExp, act: () => Promise<unknown>): void;
  close(): Promise<void>;
}

/** Stands in front of a server and hands every request on. */
export async function startForwardingServer(target: string): Promise<ForwardingServer> {
  let pending: { match: RegExp; act: () => Promise<unknown> } | undefined;

  async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    if (pending?.match.test(`${method} ${url}`)) {
      const { act } = pending;
      pending = undefined;
      await act();
    }
    const onward = sendRequest(new URL(url, target), { method, headers });
    onward.on('error', () => response.destroy());
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    request.pipe(onward);
  }

  const server = createServer((request, response) => {
    forward(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    before: (match, act) => {
      pending = { match, act };
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
