import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type { FieldProblem } from '../lib/intake/image-pushed.ts';

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
