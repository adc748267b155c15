import type { HttpHandler, HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import type { z } from 'zod';
import { Failure } from '../lib/model/failure.ts';
import type { FieldProblem } from '../lib/intake/image-pushed.ts';
import { logOf } from './log.ts';

const maxBodyBytes = 1024 * 1024;

/** A problem document (RFC 9457). */
export function problem(
  status: number,
  title: string,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): HttpResponseInit {
  return document({ type: 'about:blank', title, status, detail }, headers);
}

/** 400 for a body of the wrong shape, with the fields that are wrong. */
export function wrongShape(title: string, detail: string, errors: readonly FieldProblem[]): HttpResponseInit {
  return document({ type: 'about:blank', title, status: 400, detail, errors }, {});
}

function document(
  body: {
    readonly status: number;
    readonly type: string;
    readonly title: string;
    readonly detail: string;
    readonly errors?: readonly FieldProblem[];
  },
  headers: Readonly<Record<string, string>>,
): HttpResponseInit {
  return {
    status: body.status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: JSON.stringify(body),
  };
}

/** 503, never 500: senders try again after 503, and Azure DevOps puts a subscription on probation after 500. */
export function unavailable(detail: string): HttpResponseInit {
  return problem(503, 'Not stored', detail, { 'retry-after': '30' });
}

/** The request's body as JSON, or the 400 that says why it is none. */
export async function readJson(
  request: HttpRequest,
): Promise<{ readonly json: unknown } | { readonly response: HttpResponseInit }> {
  const coding = request.headers.get('content-encoding') ?? 'identity';
  if (coding.toLowerCase() !== 'identity') {
    const detail = `The body is sent with Content-Encoding ${coding.slice(0, 40)}; expected none.`;
    return { response: problem(415, 'Body is compressed', detail, { 'accept-encoding': 'identity' }) };
  }
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > maxBodyBytes) {
    return {
      response: problem(
        400,
        'Body too large',
        `The body has ${bytes.byteLength} bytes; expected at most ${maxBodyBytes}.`,
      ),
    };
  }
  if (bytes.byteLength === 0) {
    return { response: problem(400, 'Body missing', 'The body is empty; expected JSON, sent with a Content-Length.') };
  }
  try {
    return { json: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { response: problem(400, 'Not JSON', `The body is not JSON in UTF-8: ${reason}`) };
  }
}

type Parsed<T> = { readonly value: T } | { readonly response: HttpResponseInit };

/** The request's body by a schema, or the 400 that says which fields are wrong. */
export async function readBody<T>(request: HttpRequest, schema: z.ZodType<T>, title: string): Promise<Parsed<T>> {
  const body = await readJson(request);
  return 'response' in body ? body : check(body.json, schema, title, 'The body is not of the documented shape.');
}

/** The query by a schema, or the 400 that says which parameters are wrong. A parameter given twice is wrong too. */
export function readQuery<T>({ url }: HttpRequest, schema: z.ZodType<T>, title: string): Parsed<T> {
  // The request's own `query` has one value a name.
  const query = new URL(url).searchParams;
  const twice = [...query.keys()].find((name) => query.getAll(name).length > 1);
  if (twice !== undefined) return { response: problem(400, title, `The parameter \`${twice}\` is given twice.`) };
  return check(Object.fromEntries(query), schema, title, 'The parameters are not the documented ones.');
}

function check<T>(input: unknown, schema: z.ZodType<T>, title: string, detail: string): Parsed<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return { value: parsed.data };
  const errors = parsed.error.issues.map(({ path, message }) => ({
    field: path.map(String).join('.'),
    detail: message,
  }));
  return { response: wrongShape(title, detail, errors) };
}

/** Turns what storage, or routes with errors, make impossible for now into 503. */
export function answerOrUnavailable(
  answer: (request: HttpRequest, context: InvocationContext) => Promise<HttpResponseInit>,
): HttpHandler {
  return async (request, context) => {
    try {
      return await answer(request, context);
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'retryable') throw error;
      logOf(context)('error', 'not-answered', { code: error.code, reason: error.message });
      return problem(503, 'Not available', `${error.message} Ask again.`, { 'retry-after': '30' });
    }
  };
}
