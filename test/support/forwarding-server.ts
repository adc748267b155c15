import { request as sendRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { serveOnLoopback } from './loopback-server.ts';
import type { LoopbackServer } from './loopback-server.ts';

export interface ForwardingServer extends LoopbackServer {
  /** Something happens just before the next request that matches `POST /path` goes on. */
  before(match: RegExp, act: () => Promise<unknown>): void;
  /** Answers requests that match `GET /path` in place of the server; without an answer all go on again. */
  instead(match: RegExp, answer?: (response: ServerResponse) => void): void;
}

/** Stands in front of a server and hands every request on. */
export async function startForwardingServer(target: string): Promise<ForwardingServer> {
  let replaced: { readonly match: RegExp; readonly answer: (response: ServerResponse) => void } | undefined;
  let pending: { match: RegExp; act: () => Promise<unknown> } | undefined;

  async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    if (pending?.match.test(`${method} ${url}`)) {
      const { act } = pending;
      pending = undefined;
      await act();
    }
    if (replaced?.match.test(`${method} ${url}`)) {
      replaced.answer(response);
      return;
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
    instead: (match, answer) => {
      replaced = answer && { match, answer };
    },
  };
}
