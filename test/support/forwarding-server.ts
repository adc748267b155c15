import { request as sendRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { serveOnLoopback } from './loopback-server.ts';
import type { LoopbackServer } from './loopback-server.ts';

export interface ForwardingServer extends LoopbackServer {
  /** Something happens just before the next request that matches `POST /path` goes on. */
  before(match: RegExp, act: () => Promise<unknown>): void;
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

  const server = await serveOnLoopback(forward);
  return {
    ...server,
    before: (match, act) => {
      pending = { match, act };
    },
  };
}
