/** One HTTP request. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Ends the request, its answer included. */
  readonly signal: AbortSignal;
  /** Longest body that is read, in bytes, after decompression. */
  readonly maxBytes: number;
}

/** An answer with any status and its whole body. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** The request got no complete answer. */
export class NoAnswer extends Error {
  /** As the operating system or the client names the reason: `ECONNREFUSED`. */
  readonly code: string | undefined;
  /** The request never reached the host, so nothing was done. */
  readonly isNeverSent: boolean;

  constructor(cause: unknown) {
    const code = codeOf(cause);
    super(reasonOf(cause, code), { cause });
    this.code = code;
    this.isNeverSent = neverConnected.has(code ?? '');
  }
}

/** The answer is longer than the limit. The connection was closed, the rest was not read. */
export class AnswerTooLarge extends Error {
  readonly maxBytes: number;

  constructor(maxBytes: number) {
    super(`more than ${mebibytes(maxBytes)} MiB`);
    this.maxBytes = maxBytes;
  }
}

const neverConnected: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/**
 * The one way to call a host. Redirects are answers, so that no credential follows one; the time limit of `signal` and
 * the size limit hold for the whole answer. Each host maps the answer to its own failures.
 *
 * @throws {NoAnswer}
 * @throws {AnswerTooLarge}
 */
export async function send({ method, url, headers, body, signal, maxBytes }: HttpRequest): Promise<HttpAnswer> {
  try {
    const response = await fetch(url, {
      method,
      headers,
      signal,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, headers: response.headers, body: await readBody(response, method, maxBytes) };
  } catch (error) {
    if (error instanceof AnswerTooLarge) throw error;
    throw new NoAnswer(error);
  }
}

async function readBody(response: Response, method: string, maxBytes: number): Promise<Buffer> {
  if (response.body === null || method === 'HEAD') return Buffer.alloc(0);
  if (Number(response.headers.get('content-length')) > maxBytes) {
    await response.body.cancel();
    throw new AnswerTooLarge(maxBytes);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  // An exception that leaves the loop cancels the stream, so a body without end costs no more than the limit.
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > maxBytes) throw new AnswerTooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** A URL without its query, which may be a signature, for messages. */
export function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '');
}

export function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

/** The reason under `fetch failed`. */
function codeOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

function reasonOf(error: unknown, code: string | undefined): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'the time limit was exceeded';
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return code === undefined || cause.message.includes(code) ? cause.message : `${code} ${cause.message}`;
}
