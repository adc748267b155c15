import type { IncomingMessage } from 'node:http';
import { HttpClient, HttpClientResponse } from 'typed-rest-client/HttpClient.js';
import type { IHeaders, IRequestInfo } from 'typed-rest-client/Interfaces.js';
import { Failure } from '../failure.ts';
import { failureOf, isSignInPage, retryAfter } from './devops-errors.ts';
import type { AuthorizationSource } from './devops-token.ts';
import { Throttling } from './throttling.ts';

export interface DevOpsHttpOptions {
  readonly authorization: AuthorizationSource;
  readonly userAgent: string;
  /** Time limit of one request with its whole answer, in milliseconds. */
  readonly timeoutMs: number;
  readonly now: () => number;
}

const writes = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * The HTTP client under `azure-devops-node-api` with that package's traps closed: whatever is no success throws a
 * `Failure` (the package turns 404 and sign-in pages into `null`), redirects are not followed, one limit holds for the
 * whole request, the token is renewed, and `Retry-After` is obeyed per collection, on 200 as well.
 */
export class DevOpsHttp extends HttpClient {
  readonly #options: DevOpsHttpOptions;
  readonly #throttling: Throttling;

  constructor(options: DevOpsHttpOptions) {
    super(options.userAgent, [], {
      allowRedirects: false,
      allowRetries: false,
      keepAlive: true,
      socketTimeout: options.timeoutMs,
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
    await this.#throttling.waitOut();
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
    this.#throttling.note(retryAfter(answerHeaders));
    if (status >= 300 || isSignInPage({ status, headers: answerHeaders })) {
      throw failureOf({ method, path: pathname, status, headers: answerHeaders, body: answer.bytes.toString('utf8') });
    }
    return answer;
  }

  /**
   * The answer's body as it is; for what the typed client would decode. `undefined` where the answer describes the thing
   * as JSON instead, as it does for a folder, which has no bytes.
   */
  async getBytes(url: string, accept: string): Promise<Buffer | undefined> {
    const answer = await this.get(url, { accept });
    if (!(answer instanceof AnsweredRequest)) throw new TypeError('DevOpsHttp answers with AnsweredRequest');
    return answer.message.headers['content-type']?.startsWith('application/json') === true ? undefined : answer.bytes;
  }

  override requestRaw(info: IRequestInfo, data: string | NodeJS.ReadableStream): ReturnType<HttpClient['requestRaw']> {
    info.options.signal = AbortSignal.timeout(this.#options.timeoutMs);
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

/** No answer: a read did nothing; a write may have happened all the same. */
function unansweredFailure(method: string, path: string, cause: unknown): Failure {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return writes.has(method)
    ? new Failure('answer-lost', `${method} ${path} got no answer (${reason}); it may have been done.`, { cause })
    : new Failure('service-unavailable', `${method} ${path} got no answer (${reason}).`, { cause });
}
