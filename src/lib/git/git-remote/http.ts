import { Failure } from '../../model/failure.ts';
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
}

interface GitRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly service: GitService;
  /** The media type that a Git host answers with. */
  readonly expected: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** Nothing was sent, so nothing was done. */
const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
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
  call(repositoryUrl: string, service: GitService, version: 1 | 2, body: Buffer): Promise<Buffer> {
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
    });
  }

  async #send(request: GitRequest): Promise<Buffer> {
    await this.#options.throttling.waitOut();
    try {
      return await this.#sendOnce(request);
    } catch (error) {
      const mayRepeat = request.method === 'GET' || request.service === 'git-upload-pack';
      if (error instanceof Failure) throw error;
      if (!mayRepeat || !closedByHost.has(causeCode(error) ?? '')) throw unanswered(request, error);
    }
    try {
      return await this.#sendOnce(request);
    } catch (error) {
      throw error instanceof Failure ? error : unanswered(request, error);
    }
  }

  async #sendOnce(request: GitRequest): Promise<Buffer> {
    const { authorization, userAgent, timeoutMs, throttling, host } = this.#options;
    const response = await fetch(request.url, {
      method: request.method,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        accept: request.expected,
        // Some hosts answer with a web page to a user agent other than `git/…`.
        'user-agent': `git/${userAgent}`,
        ...(authorization === undefined ? {} : { authorization }),
        ...request.headers,
      },
      ...(request.body && { body: request.body }),
    });
    const retryAfterSeconds = readRetryAfter(response.headers.get('retry-after'));
    throttling.note(retryAfterSeconds);
    const bytes = await this.#readBody(response, request);
    const contentType = response.headers.get('content-type') ?? '';
    if (response.status === 200 && contentType.split(';', 1)[0]?.trim() === request.expected) return bytes;
    throw failureOfAnswer({
      method: request.method,
      url: withoutQuery(request.url),
      status: response.status,
      contentType,
      location: redirectTarget(response, request),
      retryAfterSeconds,
      body: bytes.toString('utf8'),
      host,
      signedIn: authorization !== undefined,
      isPush: isPush(request),
    });
  }

  async #readBody(response: Response, request: GitRequest): Promise<Buffer> {
    const { maxAnswerBytes } = this.#options;
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk);
      length += chunk.length;
      if (length <= maxAnswerBytes) continue;
      throw new Failure(
        'request-too-large',
        `${withoutQuery(request.url)} answers with more than ${Math.round(maxAnswerBytes / 1024 / 1024)} MiB. Let the Git host answer partial clones (in Git: uploadpack.allowFilter), or keep the GitOps files in a smaller repository.`,
      );
    }
    return Buffer.concat(chunks, length);
  }
}

function isPush({ method, service }: GitRequest): boolean {
  return method === 'POST' && service === 'git-receive-pack';
}

function unanswered(request: GitRequest, cause: unknown): Failure {
  const code = causeCode(cause);
  const reason = code ?? (cause instanceof Error ? cause.message : String(cause));
  const what = `${request.method} ${withoutQuery(request.url)} got no answer (${reason})`;
  return isPush(request) && !neverConnected.has(code ?? '')
    ? new Failure('answer-lost', `${what}; the push may have been done.`, { cause })
    : new Failure('service-unavailable', `${what}.`, { cause });
}

/** The reason under `fetch failed`, as the operating system or the client names it. */
function causeCode(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

/** Where a redirect leads, without what may be secret in it. */
function redirectTarget(response: Response, request: GitRequest): string | undefined {
  const location = response.headers.get('location');
  if (location === null || !URL.canParse(location, request.url)) return undefined;
  const { origin, pathname } = new URL(location, request.url);
  return `${origin}${pathname}`;
}

function withoutQuery(url: string): string {
  return url.replace(/\?.*$/, '');
}

/** `Retry-After` in seconds; the form with a date is not in use among Git hosts. */
function readRetryAfter(text: string | null): number | undefined {
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}
