import type { Clock } from '../../model/clock.ts';
import { Failure } from '../../model/failure.ts';
import { noAnswerFailure } from '../../net/no-answer-failure.ts';
import { retryAfterSeconds } from '../../net/retry-after.ts';
import { AnswerTooLarge, mebibytes, NoAnswer, send, withoutQuery } from '../../net/send.ts';
import type { Throttling } from '../../net/throttling.ts';
import { failureOfAnswer } from './http-answers.ts';

export type GitService = 'git-upload-pack' | 'git-receive-pack';

export interface GitHttpOptions {
  /** Host with port, as credentials are named by. */
  readonly host: string;
  /** Value of the `Authorization` header; absent where there is no credential for the host. */
  readonly authorization: string | undefined;
  readonly userAgent: string;
  /** Time limit of one request with its whole answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Answers beyond this are not read, in bytes. */
  readonly maxAnswerBytes: number;
  readonly throttling: Throttling;
  readonly now: Clock;
}

interface GitRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly service: GitService;
  /** The media type that a Git host answers with. */
  readonly expected: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Limit of the answer in bytes, where it is smaller than that of the options. */
  readonly maxBytes?: number;
}

/** How a connection ends that the host closed while it lay idle. */
const closedByHost = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Requests to one Git host: one time limit for a whole request, no redirects, and every answer but success throws. */
export class GitHttp {
  readonly #options: GitHttpOptions;

  constructor(options: GitHttpOptions) {
    this.#options = options;
  }

  /** The capabilities of a service of the repository, and with version 0 or 1 of the protocol its refs. */
  discover(repositoryUrl: string, service: GitService): Promise<Buffer> {
    return this.#send({
      method: 'GET',
      url: `${repositoryUrl}/info/refs?service=${service}`,
      service,
      expected: `application/x-${service}-advertisement`,
      ...(service === 'git-upload-pack' && { headers: { 'git-protocol': 'version=2' } }),
    });
  }

  /** @throws {Failure} `answer-lost` for a push that may have been done */
  call(
    repositoryUrl: string,
    service: GitService,
    version: 1 | 2,
    body: Buffer,
    maxBytes = this.#options.maxAnswerBytes,
  ): Promise<Buffer> {
    return this.#send({
      method: 'POST',
      url: `${repositoryUrl}/${service}`,
      service,
      expected: `application/x-${service}-result`,
      headers: {
        'content-type': `application/x-${service}-request`,
        ...(version === 2 && { 'git-protocol': 'version=2' }),
      },
      body,
      maxBytes: Math.min(maxBytes, this.#options.maxAnswerBytes),
    });
  }

  async #send(request: GitRequest): Promise<Buffer> {
    await this.#options.throttling.waitOut();
    try {
      return await this.#sendOnce(request).catch((error: unknown) => {
        // The host closed a connection that was idle. A push is not repeated.
        if (!isPush(request) && error instanceof NoAnswer && closedByHost.has(error.code ?? ''))
          return this.#sendOnce(request);
        throw error;
      });
    } catch (error) {
      throw noAnswerFailure(`${request.method} ${withoutQuery(request.url)}`, error, {
        isWrite: isPush(request),
        what: 'the push',
      });
    }
  }

  async #sendOnce(request: GitRequest): Promise<Buffer> {
    const { authorization, userAgent, timeoutMs, throttling, host, now, maxAnswerBytes } = this.#options;
    const { method, url, maxBytes = maxAnswerBytes } = request;
    const answer = await send({
      method,
      url,
      headers: {
        accept: request.expected,
        // Some hosts answer with a web page to a user agent other than `git/…`.
        'user-agent': `git/${userAgent}`,
        ...(authorization === undefined ? {} : { authorization }),
        ...request.headers,
      },
      ...(request.body && { body: request.body }),
      signal: AbortSignal.timeout(timeoutMs),
      maxBytes,
    }).catch((error: unknown) => {
      if (!(error instanceof AnswerTooLarge) || isPush(request)) throw error;
      throw tooLarge(`${withoutQuery(url)} answers with more than ${mebibytes(maxBytes)} MiB.`, error);
    });
    const seconds = retryAfterSeconds(answer.headers.get('retry-after'), now());
    throttling.note(seconds);
    const contentType = answer.headers.get('content-type') ?? '';
    if (answer.status === 200 && contentType.split(';', 1)[0]?.trim() === request.expected) return answer.body;
    throw failureOfAnswer({
      method,
      url: withoutQuery(url),
      status: answer.status,
      contentType,
      location: redirectTarget(answer.headers, url),
      retryAfterSeconds: seconds,
      body: answer.body.toString('utf8'),
      host,
      signedIn: authorization !== undefined,
      isPush: isPush(request),
    });
  }
}

/** A repository that a Git host sends as a whole is larger than this version reads. */
export function tooLarge(problem: string, cause?: unknown): Failure {
  return new Failure(
    'request-too-large',
    `${problem} Let the Git host answer partial clones (in Git: uploadpack.allowFilter), or keep the GitOps files in a smaller repository.`,
    { cause },
  );
}

function isPush({ method, service }: GitRequest): boolean {
  return method === 'POST' && service === 'git-receive-pack';
}

/** Where a redirect leads, without the parts of the URL that may be secret. */
function redirectTarget(headers: Headers, requested: string): string | undefined {
  const location = headers.get('location');
  if (location === null || !URL.canParse(location, requested)) return undefined;
  const { origin, pathname } = new URL(location, requested);
  return `${origin}${pathname}`;
}
