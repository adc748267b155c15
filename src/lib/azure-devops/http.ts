import { AsyncLocalStorage } from 'node:async_hooks';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { HttpClient, HttpClientResponse } from 'typed-rest-client/HttpClient.js';
import type { IHeaders } from 'typed-rest-client/Interfaces.js';
import { Failure } from '../model/failure.ts';
import { failureOf, holdBackSeconds, isSignInPage } from './errors.ts';
import type { AuthorizationSource } from './token.ts';
import type { Clock } from '../model/clock.ts';
import { noAnswerFailure } from '../net/no-answer-failure.ts';
import { AnswerTooLarge, mebibytes, send } from '../net/send.ts';
import type { HttpAnswer } from '../net/send.ts';
import { Throttling } from '../net/throttling.ts';

export interface DevOpsHttpOptions {
  readonly authorization: AuthorizationSource;
  readonly userAgent: string;
  /** Time limits of one request with its whole answer, in milliseconds. */
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly now: Clock;
}

/** Longest JSON answer that is read, in bytes: a page of a thousand builds has a few MiB. */
const maxAnswerBytes = 16 * 1024 * 1024;

const writes = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * The HTTP client under `azure-devops-node-api` without that package's traps: every answer except success throws a
 * `Failure` (the package turns 404 and sign-in pages into `null`), redirects are not followed, one limit holds for the
 * whole request, the token is renewed, and `Retry-After` and `X-RateLimit-*` are obeyed per collection, on 200 as well.
 */
export class DevOpsHttp extends HttpClient {
  readonly #options: DevOpsHttpOptions;
  readonly #throttling: Throttling;
  readonly #urgent = new AsyncLocalStorage<true>();

  constructor(options: DevOpsHttpOptions) {
    super(options.userAgent);
    this.#options = options;
    this.#throttling = new Throttling('Azure DevOps', options.now);
  }

  override async request(
    method: string,
    url: string,
    data: string | NodeJS.ReadableStream,
    headers: IHeaders,
    maxBytes?: number,
  ): Promise<AnsweredRequest> {
    const { authorization, userAgent, readTimeoutMs, writeTimeoutMs, now } = this.#options;
    if (this.#urgent.getStore() !== true) await this.#throttling.waitOut();
    if (data !== null && typeof data !== 'string') throw new TypeError('expected the package to send text');
    const { pathname } = new URL(url);
    const isWrite = writes.has(method);
    const answer = await send({
      method,
      url,
      headers: {
        ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
        authorization: await authorization(),
        'user-agent': userAgent,
        'x-tfs-fedauthredirect': 'Suppress',
      },
      ...(isWrite && data !== null && { body: data }),
      signal: AbortSignal.timeout(isWrite ? writeTimeoutMs : readTimeoutMs),
      maxBytes: maxBytes ?? maxAnswerBytes,
    }).catch((cause: unknown) => {
      if (cause instanceof AnswerTooLarge && !isWrite)
        throw maxBytes === undefined ? tooLargeFailure(method, pathname, cause) : cause;
      throw noAnswerFailure(`${method} ${pathname}`, cause, { isWrite });
    });
    const { status, headers: answerHeaders, body } = answer;
    const at = now();
    this.#throttling.note(holdBackSeconds(answerHeaders, at));
    if (status >= 300 || isSignInPage(answer)) {
      throw failureOf({ method, path: pathname, status, headers: answerHeaders, body: body.toString('utf8'), at });
    }
    if (!isUnderstood(answer, headers)) throw notUnderstoodFailure(method, pathname, status);
    return new AnsweredRequest(answer);
  }

  /** Requests within it go out at once, regardless of a requested wait: for work that must not stay half done. */
  withoutWaiting<T>(run: () => Promise<T>): Promise<T> {
    return this.#urgent.run(true, run);
  }

  /**
   * The unchanged body of the answer, where the typed client would decode it. `undefined` where the answer describes the
   * item as JSON instead: a folder has no bytes.
   *
   * @throws {AnswerTooLarge}
   */
  async getBytes(url: string, accept: string, maxBytes: number): Promise<Buffer | undefined> {
    const { message, bytes } = await this.request('GET', url, '', { accept }, maxBytes);
    return message.headers['content-type']?.startsWith('application/json') === true ? undefined : bytes;
  }
}

/** An answer whose body has been read as bytes. */
export class AnsweredRequest extends HttpClientResponse {
  readonly bytes: Buffer;

  constructor({ status, headers, body }: HttpAnswer) {
    const message = new IncomingMessage(new Socket());
    message.statusCode = status;
    message.headers = Object.fromEntries(headers);
    super(message);
    this.bytes = body;
  }

  override readBody(): Promise<string> {
    return Promise.resolve(this.bytes.toString('utf8'));
  }
}

/** Whether a success brings what was asked for: bytes, or JSON. */
function isUnderstood({ status, body }: HttpAnswer, headers: IHeaders): boolean {
  const asked = Object.entries(headers).find(([name]) => name.toLowerCase() === 'accept')?.[1];
  if (asked === '*/*') return true;
  if (!String(asked).includes('application/json')) return status === 200;
  if (status === 204) return true;
  if (status !== 200 && status !== 201) return false;
  try {
    JSON.parse(body.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

/** Something between us and Azure DevOps answered, and a write may have been done. */
function tooLargeFailure(method: string, path: string, cause: AnswerTooLarge): Failure {
  const found = `more than ${mebibytes(cause.maxBytes)} MiB`;
  return new Failure('answer-not-understood', `Azure DevOps answered ${method} ${path} with ${found}.`, { cause });
}

function notUnderstoodFailure(method: string, path: string, status: number): Failure {
  const text = `${method} ${path} answered ${status} with something else than was asked for. Look for a proxy in between.`;
  return new Failure(writes.has(method) ? 'answer-lost' : 'answer-not-understood', text);
}
