import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request, read whole. */
export interface Request {
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: Buffer | object;
}

const maxBodyBytes = 256 * 1024 * 1024;

/** An error as the OCI distribution specification writes it. */
export function refusal(status: number, code: string, message: string, headers: Record<string, string> = {}): Answer {
  return { status, headers, body: { errors: [{ code, message }] } };
}

/** Serves on a loopback port; 0 takes a free one. `drop` ends the connection without an answer. */
export async function serveHttp(
  port: number,
  answer: (request: Request) => Promise<Answer | 'drop'>,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((message, response) => {
    response.on('error', () => response.destroy()); // A client that disconnects is not an error of the registry.
    respond(message, response, answer).catch((error: unknown) => {
      console.error(`A stand-in failed at ${message.method} ${message.url}:`, error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(
  message: IncomingMessage,
  response: ServerResponse,
  answer: (request: Request) => Promise<Answer | 'drop'>,
): Promise<void> {
  const url = new URL(message.url ?? '/', 'http://127.0.0.1');
  const body = await readBody(message);
  const path = tryDecode(url.pathname);
  if (body === undefined || path === undefined) {
    send(
      response,
      refusal(body === undefined ? 413 : 400, 'UNSUPPORTED', 'the request is too large or its path is not text'),
    );
    return;
  }
  const request = { method: message.method ?? '', path, query: url.searchParams, headers: message.headers, body };
  const result = await answer(request);
  if (result === 'drop') message.socket.destroy();
  else send(response, result, request.method === 'HEAD');
}

function send(response: ServerResponse, { status, headers = {}, body }: Answer, isHead = false): void {
  const isBytes = body === undefined || Buffer.isBuffer(body);
  const bytes = isBytes ? (body ?? Buffer.alloc(0)) : Buffer.from(JSON.stringify(body));
  const contentType = isBytes ? {} : { 'content-type': 'application/json; charset=utf-8' };
  response.writeHead(status, { ...contentType, 'content-length': bytes.length, ...headers });
  response.end(isHead ? undefined : bytes);
}

async function readBody(message: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > maxBodyBytes) return undefined;
  }
  return Buffer.concat(chunks);
}

function tryDecode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined; // Answered with 400.
  }
}
