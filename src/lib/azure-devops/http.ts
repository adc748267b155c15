import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import { HttpClient, HttpClientResponse } from 'typed-rest-client/HttpClient.js';
import type { IHeaders, IRequestInfo } from 'typed-rest-client/Interfaces.js';
import { Failure } from '../model/failure.ts';
import { failureOf, holdBackSeconds, isSignInPage } from './errors.ts';
import type { AuthorizationSource } from './token.ts';
import { Throttling } from '../net/throttling.ts';

export interface DevOpsHttpOptions {
  readonly authorization: AuthorizationSource;
  readonly userAgent: string;
  /** Time limits of one request with its whole answer, in milliseconds. */
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly now: () => number;
}

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
    super(options.userAgent, [], {
      allowRedirects: false,
      allowRetries: false,
      keepAlive: true,
      socketTimeout: options.writeTimeoutMs,
    });
    this.#options = options;
    this.#throttling = new Throttling('Azure DevOps', options.now);
  }

  override async request(
    method: string,
    url: string,
    data: string | NodeJS.ReadableStream,
    headers: IHeaders,
  ): Promise<AnsweredRequest> {
    if (this.#urgent.getStore() !== true) await this.#throttling.waitOut();
    const authorization = await this.#options.authorization();
    const { pathname } = new URL(url);
    const allHeaders = { ...headers, authorization, 'x-tfs-fedauthredirect': 'Suppress' };
    let answer: AnsweredRequest;
    try {
      const response = await super.request(method, url, data, allHeaders);
      answer = new AnsweredRequest(response.message, await readAll(response.message));
    } catch (cause) {
      throw unansweredFailure(method, pathname, cause);
    }
    const { statusCode: status = 0, headers: answerHeaders } = answer.message;
    this.#throttling.note(holdBackSeconds(answerHeaders, this.#options.now()));
    if (status >= 300 || isSignInPage({ status, headers: answerHeaders })) {
      throw failureOf({ method, path: pathname, status, headers: answerHeaders, body: answer.bytes.toString('utf8') });
    }
    if (!isUnderstood(answer, headers)) throw notUnderstoodFailure(method, pathname, status);
    return answer;
  }

  /** Requests within it go out at once, regardless of a requested wait: for work that must not stay half done. */
  withoutWaiting<T>(run: () => Promise<T>): Promise<T> {
    return this.#urgent.run(true, run);
  }

  /**
   * The unchanged body of the answer, where the typed client would decode it. `undefined` where the answer describes the thing
   * as JSON instead, as it does for a folder, which has no bytes.
   */
  async getBytes(url: string, accept: string): Promise<Buffer | undefined> {
    const answer = await this.get(url, { accept });
    if (!(answer instanceof AnsweredRequest)) throw new TypeError('DevOpsHttp answers with AnsweredRequest');
    return answer.message.headers['content-type']?.startsWith('application/json') === true ? undefined : answer.bytes;
  }

  override requestRaw(info: IRequestInfo, data: string | NodeJS.ReadableStream): ReturnType<HttpClient['requestRaw']> {
    const { readTimeoutMs, writeTimeoutMs } = this.#options;
    const isWrite = writes.has(info.options.method ?? '');
    info.options.signal = AbortSignal.timeout(isWrite ? writeTimeoutMs : readTimeoutMs);
    return super.requestRaw(info, data);
  }
}

/** An answer whose body has been read as bytes. */
export class AnsweredRequest extends HttpClientResponse {
  readonly bytes: Buffer;

  constructor(message: IncomingMessage, bytes: Buffer) {
    super(message);
    this.bytes = bytes;
  }

  override readBody(): Promise<string> {
    return Promise.resolve(this.bytes.toString('utf8'));
  }
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Whether a success brings what was asked for: bytes, or JSON. */
function isUnderstood({ message, bytes }: AnsweredRequest, headers: IHeaders): boolean {
  const { statusCode: status } = message;
  const asked = Object.entries(headers).find(([name]) => name.toLowerCase() === 'accept')?.[1];
  if (asked === '*/*') return true;
  if (!String(asked).includes('application/json')) return status === 200;
  if (status === 204) return true;
  if (status !== 200 && status !== 201) return false;
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

/** Something between us and Azure DevOps answered, and a write may have been done. */
function notUnderstoodFailure(method: string, path: string, status: number): Failure {
  const text = `${method} ${path} answered ${status} with something else than was asked for. Look for a proxy in between.`;
  return new Failure(writes.has(method) ? 'answer-lost' : 'answer-not-understood', text);
}

/** No answer: a read did nothing; a write may have happened. */
function unansweredFailure(method: string, path: string, cause: unknown): Failure {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return writes.has(method)
    ? new Failure('answer-lost', `${method} ${path} got no answer (${reason}); it may have been done.`, { cause })
    : new Failure('service-unavailable', `${method} ${path} got no answer (${reason}).`, { cause });
}
