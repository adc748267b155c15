import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { toWireJson } from './wire-json.ts';
import type { ServiceError } from './service-error.ts';

/** An answer: at most one of `json`, `bytes` and `stream`. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** In the shape of the client package's interfaces; `toWireJson` turns it into what the service writes. */
  readonly json?: unknown;
  readonly bytes?: Buffer;
  readonly stream?: Readable;
}

export function json(body: unknown, status = 200, headers: Reply['headers'] = {}): Reply {
  return { status, headers, json: body };
}

/** A list, as the service wraps every one. */
export function list(value: readonly unknown[], headers: Reply['headers'] = {}): Reply {
  return json({ value, count: value.length }, 200, headers);
}

export function html(status: number, title: string, headers: Reply['headers'] = {}): Reply {
  const page = `<!DOCTYPE html><html lang="en-US"><head><title>\r\n\t${title}\r\n</title></head><body>${title}</body></html>`;
  return { status, headers: { 'content-type': 'text/html; charset=utf-8', ...headers }, bytes: Buffer.from(page) };
}

export function errorReply(error: ServiceError): Reply {
  return json(error.body, error.status);
}

/** Sends the reply; the promise ends when all of it is with the client, or the client is gone. */
export async function send(reply: Reply, response: ServerResponse): Promise<void> {
  response.statusCode = reply.status;
  if (reply.json !== undefined) response.setHeader('content-type', 'application/json; charset=utf-8');
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
  if (reply.stream !== undefined) return pipeline(reply.stream, response);
  const body = reply.json === undefined ? (reply.bytes ?? Buffer.alloc(0)) : Buffer.from(toWireJson(reply.json));
  response.setHeader('content-length', body.length);
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    response.end(body, resolve);
  });
}
