import { z } from 'zod';
import { isLoopback } from '../../lib/net/repository-url.ts';
import { tryParseUrl } from '../../lib/net/url.ts';
import { UsageError, type CommandArguments, type CommandIo } from '../command.ts';
import { textOption } from '../options.ts';

/** The options of every command that calls the app. */
export const appOptions = {
  url: { type: 'string' },
  key: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const appHelp = `  --url URL  the app: https://NAME.azurewebsites.net (else TAGRELAY_URL)
  --key KEY  one of its keys (else TAGRELAY_KEY, where no list of processes shows it)
  --json     print the app's answer as JSON`;

export interface AppClient {
  /** @throws {AppError} where the app does not answer, or answers with another status than 2xx */
  readonly call: <T>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    schema: z.ZodType<T>,
    body?: unknown,
  ) => Promise<{ readonly value: T; readonly json: unknown }>;
}

/** The app refused the request or did not answer. Exit code 1. */
export class AppError extends Error {
  override readonly name = 'AppError';
  /** The status of the answer; 0 where there was none. */
  readonly status: number;
  /** The JSON of the answer, if there is one. */
  readonly answer: unknown;

  constructor(message: string, status: number, { cause, answer }: { cause?: unknown; answer?: unknown } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.answer = answer;
  }
}

/** Receivers answer within 5 s, a replay of all may take longer. */
const timeoutMs = 60_000;
const problemSchema = z.object({
  title: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), detail: z.string() })).default([]),
});

/** Calls the app that the options or the environment name. The key goes to it alone: no redirect is followed. */
export function makeAppClient(args: CommandArguments, { env }: CommandIo): AppClient {
  const base = readAppUrl(textOption(args, 'url') ?? env['TAGRELAY_URL']);
  const key = textOption(args, 'key') ?? env['TAGRELAY_KEY'] ?? '';
  if (key === '') throw new UsageError('there is no key; expected --key, or TAGRELAY_KEY in the environment');
  return {
    async call(method, path, schema, body) {
      const url = `${base}/api/${path}`;
      const response = await request(url, {
        method,
        redirect: 'manual',
        headers: { 'x-functions-key': key, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok)
        throw new AppError(refusal(base, response.status, text), response.status, { answer: parseJson(text) });
      const json = parseJson(text);
      const parsed = schema.safeParse(json);
      if (parsed.success) return { value: parsed.data, json };
      throw new AppError(
        `${base} answers, but not as tagrelay does; expected the URL of the app, such as https://NAME.azurewebsites.net`,
        response.status,
      );
    },
  };
}

/** The plain URL of the app, without `/api` at its end. */
export function readAppUrl(text: string | undefined): string {
  if (text === undefined || text === '') {
    throw new UsageError('there is no URL of the app; expected --url, or TAGRELAY_URL in the environment');
  }
  const url = tryParseUrl(text);
  if (!url || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '')
    throw new UsageError('the URL of the app is not a plain URL; expected https://NAME.azurewebsites.net');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url)))
    throw new UsageError(
      'the URL of the app is not https, so the key would be readable on its way; expected https://…',
    );
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/api$/, '');
}

async function request(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'TimeoutError')
      throw new AppError(`${new URL(url).origin} does not answer within ${timeoutMs / 1000} s; try again`, 0, {
        cause,
      });
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    throw new AppError(`${new URL(url).origin} does not answer: ${reason}`, 0, { cause });
  }
}

/** Causes of answers that are not of tagrelay, by status. */
const causes: Readonly<Record<number, string>> = {
  302: 'another page answers for it, such as a sign-in; open the URL in a browser',
  403: 'its network rules refuse this machine, or the app is stopped; see its Overview in the portal',
  404: 'tagrelay is not at this URL; expected https://NAME.azurewebsites.net',
  502: 'the app does not run; see its Log stream in the portal',
  503: 'the app starts or is stopped; try again in a minute, then see its Overview in the portal',
};

function refusal(base: string, status: number, text: string): string {
  if (status === 401)
    return 'the app refuses the key (401): a function key for status and send, the master key for the rest';
  const parsed = problemSchema.safeParse(parseJson(text));
  if (!parsed.success)
    return `${base} answered ${status} without a reason: ${causes[status] ?? 'see the Log stream of the app in the portal'}`;
  const { title, detail, errors } = parsed.data;
  const fields = errors.map((error) => `\n  ${error.field === '' ? '' : `${error.field}: `}${error.detail}`).join('');
  return `${title} (${status}): ${detail}${fields}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The caller reports that the answer is not JSON.
  }
}
