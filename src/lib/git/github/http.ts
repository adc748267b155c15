import { z } from 'zod';
import { noAnswerFailure } from '../../net/no-answer-failure.ts';
import { fetchThrough } from '../../net/fetch-through.ts';
import { Throttling } from '../../net/throttling.ts';
import type { Clock } from '../../model/clock.ts';
import { Failure } from '../../model/failure.ts';
import type { GitCredential } from '../git-credentials.ts';
import { graphqlUrl } from '../../net/github-address.ts';
import { failureOfAnswer, waitAsked } from './failures.ts';
import { failureOfErrors, graphqlSchema } from './graphql-errors.ts';

export interface GitHubHttpOptions {
  /** Host that credentials are named by, and people know. */
  readonly host: string;
  /** Where the REST API is called. */
  readonly endpoint: string;
  readonly credential: GitCredential | undefined;
  readonly userAgent: string;
  /** Time limits of one request with its whole answer, in milliseconds. */
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly now: Clock;
}

interface Request {
  /** Method and path, with `{words}` for parameters. */
  readonly route: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Something is changed. */
  readonly isWrite: boolean;
  /** Whose hourly limit it counts for. */
  readonly throttling: Throttling;
}

/** The result of `@octokit/request`; its errors have the same fields where there was an answer. */
const answerSchema = z.object({
  status: z.number(),
  headers: z.record(z.string(), z.union([z.string(), z.number()]).optional()),
  data: z.unknown(),
});
const errorSchema = z.object({ response: answerSchema });
type Answer = z.output<typeof answerSchema>;

/** The version that GitHub Enterprise Server knows as well. */
const apiVersion = '2022-11-28';

/** Longest answer that is read, in bytes: a page of a hundred pull requests has about 2 MiB. */
const fetchBounded = fetchThrough(16 * 1024 * 1024);

const ignore = () => undefined;
/** The version is pinned on purpose; otherwise every request would log that a newer one exists. */
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/**
 * Requests to the API of one GitHub host, through `@octokit/request`, which is loaded with the first: one time limit for
 * a whole request, no redirects, the limits of GitHub are obeyed, and every answer except success throws a `Failure`.
 */
export class GitHubHttp {
  readonly #options: GitHubHttpOptions;
  readonly #rest: Throttling;
  readonly #graphql: Throttling;

  constructor(options: GitHubHttpOptions) {
    this.#options = options;
    this.#rest = new Throttling(options.host, options.now);
    this.#graphql = new Throttling(options.host, options.now);
  }

  /** @param route `GET /repos/{owner}/{repo}`; parameters that it does not name become query or body */
  async rest<T>(route: string, parameters: Readonly<Record<string, unknown>>, schema: z.ZodType<T>): Promise<T> {
    const isWrite = !route.startsWith('GET ');
    const { data } = await this.#send({ route, parameters, isWrite, throttling: this.#rest });
    return understood(schema.safeParse(data), route, isWrite);
  }

  async graphql<T>(query: string, variables: Readonly<Record<string, unknown>>, schema: z.ZodType<T>): Promise<T> {
    const route = `POST ${graphqlUrl(this.#options.endpoint)}`;
    const isWrite = query.trimStart().startsWith('mutation');
    const parameters = { query, variables };
    const { data } = await this.#send({ route, parameters, isWrite, throttling: this.#graphql });
    const answer = understood(graphqlSchema.safeParse(data), 'POST /graphql', isWrite);
    if (answer.errors && answer.errors.length > 0) throw failureOfErrors(answer.errors, this.#options.host);
    return understood(schema.safeParse(answer.data), 'POST /graphql', isWrite);
  }

  async #send({ route, parameters, isWrite, throttling }: Request): Promise<Answer> {
    const { host, endpoint, credential, userAgent, readTimeoutMs, writeTimeoutMs, now } = this.#options;
    await throttling.waitOut();
    const { request } = await import('./octokit-request.ts');
    const { method, url } = request.endpoint(route, { ...parameters, baseUrl: endpoint });
    const { pathname: path } = new URL(url);
    let answer: Answer;
    try {
      answer = answerSchema.parse(
        await request(route, {
          ...parameters,
          baseUrl: endpoint,
          headers: {
            accept: 'application/vnd.github+json',
            'x-github-api-version': apiVersion,
            'user-agent': userAgent,
            ...(credential && { authorization: `Bearer ${credential.password}` }),
          },
          request: {
            fetch: fetchBounded,
            signal: AbortSignal.timeout(isWrite ? writeTimeoutMs : readTimeoutMs),
            log: silent,
          },
        }),
      );
    } catch (error) {
      const answered = errorSchema.safeParse(error);
      if (!answered.success) throw noAnswerFailure(`${method} ${path}`, causeOf(error), { isWrite });
      answer = answered.data.response;
    }
    const { status, headers, data: body } = answer;
    throttling.note(waitAsked(headers, now()));
    if (status < 300) return answer;
    const failure = failureOfAnswer({
      method,
      path,
      status,
      headers,
      body,
      host,
      signedIn: credential !== undefined,
      now: now(),
    });
    // A secondary limit holds for both APIs.
    if (failure.code === 'throttled') {
      this.#rest.note(failure.retryAfterSeconds);
      this.#graphql.note(failure.retryAfterSeconds);
    }
    throw failure;
  }
}

/** The requested representation; otherwise a gateway answered, and a write may have happened. */
function understood<T>(parsed: z.ZodSafeParseResult<T>, route: string, isWrite: boolean): T {
  if (parsed.success) return parsed.data;
  const text = `${route} was answered with something else than was asked for. Look for a proxy in between.`;
  throw new Failure(isWrite ? 'answer-lost' : 'answer-not-understood', text);
}

/** The package wraps an error of its transport. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}
