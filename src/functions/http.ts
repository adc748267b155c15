import type { HttpHandler, HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { z } from 'zod';
import { Failure } from '../lib/model/failure.ts';
import { imageName, splitImageName } from '../lib/model/image-reference.ts';
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

/** 400 with the wrong fields. */
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

/** 503, never 500: senders retry after 503; after 500 Azure DevOps puts the subscription on probation. */
export function unavailable(detail: string): HttpResponseInit {
  return problem(503, 'Not stored', detail, { 'retry-after': '30' });
}

/** The request's body as JSON, or the 400 with the reason. */
export async function readJson(
  request: HttpRequest,
): Promise<{ readonly json: unknown } | { readonly response: HttpResponseInit }> {
  const coding = request.headers.get('content-encoding') ?? 'identity';
  if (coding.toLowerCase() !== 'identity') {
    const detail = `The body has the Content-Encoding ${coding.slice(0, 40)}; expected none.`;
    return { response: problem(415, 'Compressed body', detail, { 'accept-encoding': 'identity' }) };
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
    return { response: problem(400, 'Invalid JSON', `The body is not JSON in UTF-8: ${reason}`) };
  }
}

/** The name of a route or environment in a request. */
export const nameSchema = z
  .string()
  .min(1)
  .max(500)
  .refine((text) => !/\p{Surrogate}/u.test(text), 'expected well-formed Unicode');

/** `registry/repository` in a request. */
export const imageNameSchema = z.string().transform((text, context) => {
  const split = splitImageName(text);
  if (split) return imageName(split);
  context.addIssue('expected registry/repository without a tag');
  return z.NEVER;
});

/** Why a person orders a change, and who it is, as the record keeps them. */
export const reasonSchema = z.string().trim().min(1, 'expected the reason').max(1_000);
export const actorSchema = z.string().trim().min(1, 'expected the person who orders it').max(200);

/** Orders of a signed-in caller are the caller's own: `actor` of the body is the name of the sign-in. */
const signedInActors = new WeakMap<HttpRequest, string>();

export function setActor(request: HttpRequest, name: string): void {
  signedInActors.set(request, name);
}

function withActor(request: HttpRequest, json: unknown): unknown {
  const actor = signedInActors.get(request);
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
  return actor === undefined || !isObject ? json : { ...json, actor };
}

type Parsed<T> = { readonly value: T } | { readonly response: HttpResponseInit };

/** The request's body by a schema, or the 400 with the wrong fields. */
export async function readBody<T>(request: HttpRequest, schema: z.ZodType<T>, title: string): Promise<Parsed<T>> {
  const body = await readJson(request);
  if ('response' in body) return body;
  return check(withActor(request, body.json), schema, title, 'The body does not have the documented shape.');
}

/** The query by a schema, or the 400 with the wrong parameters. A repeated parameter is wrong too. */
export function readQuery<T>({ url }: HttpRequest, schema: z.ZodType<T>, title: string): Parsed<T> {
  // `query` of the request keeps one value per name.
  const query = new URL(url).searchParams;
  // The Functions host takes the key of a function from this parameter too.
  query.delete('code');
  const twice = [...query.keys()].find((name) => query.getAll(name).length > 1);
  if (twice !== undefined) return { response: problem(400, title, `The parameter \`${twice}\` is repeated.`) };
  return check(Object.fromEntries(query), schema, title, 'The query has other parameters than the documented ones.');
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

/** Answers 503 after a retryable failure, as of storage or of routes with errors. */
export function answerOrUnavailable(
  answer: (request: HttpRequest, context: InvocationContext) => Promise<HttpResponseInit>,
): HttpHandler {
  return async (request, context) => {
    try {
      return await answer(request, context);
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'retryable') throw error;
      logOf(context)('error', 'not-answered', { code: error.code, reason: error.message });
      const seconds = error.retryAfterSeconds ?? 30;
      return problem(503, 'Unavailable', `${error.message} Send the request again.`, { 'retry-after': `${seconds}` });
    }
  };
}

/** The plan of an order; a permanent failure is the reason against it. */
export async function planOrRefuse<T>(
  plan: () => Promise<T>,
): Promise<T | { readonly kind: 'refused'; readonly reason: string }> {
  try {
    return await plan();
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === 'retryable') throw error;
    return { kind: 'refused', reason: error.message.replace(/\.$/, '') };
  }
}
