import type { HttpHandler, HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import type { VerifyToken } from '../lib/net/entra-token.ts';
import { Failure } from '../lib/model/failure.ts';
import { parseGateRequest } from '../lib/intake/gate-request.ts';
import { openGate } from '../lib/gates/open-gate.ts';
import type { OpenGateDeps } from '../lib/gates/open-gate.ts';
import { answerOrUnavailable, problem, readJson, wrongShape } from './http.ts';
import { logOf } from './log.ts';

export interface GatesDeps extends Omit<OpenGateDeps, 'cipher'> {
  /** Absent if `GATE_TOKEN_KEY` is not set. */
  readonly cipher: OpenGateDeps['cipher'] | undefined;
  /** Present if callers sign in with Entra ID. Otherwise the host requires a function key. */
  readonly verify?: VerifyToken;
}

/** A check waits 3 s for an answer, a task of a pipeline 20 s. */
const answerMs = { check: 2_500, task: 14_000 };

/** `POST /api/gates`: stores a pipeline task that waits for deployments. Callbacks are made later. */
export function makeGates({ cipher, verify, ...deps }: GatesDeps): HttpHandler {
  return answerOrUnavailable((request, context) => withinTime(limitOf(request), answer(request, context)));

  async function answer(request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> {
    const log = logOf(context);
    if (verify) {
      const caller = await verify(request.headers.get('authorization') ?? undefined);
      if ('refused' in caller) {
        log('warn', 'gate-refused', { reason: caller.refused });
        return problem(401, 'Not signed in', `Gates require a token of Entra ID: ${caller.refused}.`);
      }
    }
    if (!cipher) {
      return problem(503, 'Gates are not set up', 'GATE_TOKEN_KEY is not set, so tokens of jobs cannot be encrypted.');
    }
    const body = await readJson(request);
    if ('response' in body) return body.response;
    const asked = parseGateRequest(headersOf(request), body.json);
    if (asked.kind === 'malformed') {
      return wrongShape(
        'Invalid gate request',
        'The headers or the body are not those of a task that waits for a callback.',
        asked.problems,
      );
    }
    const opened = await openGate(asked, { ...deps, cipher }, log);
    if ('problems' in opened) {
      return wrongShape('Invalid gate request', 'The gate cannot be opened.', opened.problems);
    }
    const { environment, selector } = asked.question;
    log('info', 'gate-opened', { gate: opened.id, environment, selector: JSON.stringify(selector) });
    return { status: 202, jsonBody: { gate: opened.id } };
  }
}

function limitOf({ headers }: HttpRequest): number {
  return headers.get('hubname')?.toLowerCase() === 'build' ? answerMs.task : answerMs.check;
}

/** A gate that is stored later nevertheless ends when its task no longer waits. */
async function withinTime<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Failure('storage-unavailable', `The gate was not stored within ${limitMs / 1000} s.`));
    }, limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function headersOf({ headers }: HttpRequest): Readonly<Record<string, string>> {
  return Object.fromEntries(headers.entries());
}
