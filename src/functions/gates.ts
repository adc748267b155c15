import type { HttpHandler, HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import type { VerifyToken } from '../lib/net/entra-token.ts';
import { Failure } from '../lib/model/failure.ts';
import { parseGateRequest } from '../lib/intake/gate-request.ts';
import { openGate } from '../lib/gates/open-gate.ts';
import type { OpenGateDeps } from '../lib/gates/open-gate.ts';
import { answerOrUnavailable, problem, readJson, wrongShape } from './http.ts';
import { logOf } from './log.ts';

export interface GatesDeps extends Omit<OpenGateDeps, 'box'> {
  /** Absent if `GATE_TOKEN_KEY` is not set. */
  readonly box: OpenGateDeps['box'] | undefined;
  /** Where callers sign in with Entra ID; else the host has asked for a function key. */
  readonly verify?: VerifyToken;
}

/** A check waits 3 s for an answer, a task 20 s. */
const answerMs = 2_500;

/** `POST /api/gates`: keeps a pipeline task that waits for deployments, and answers before anything else is done. */
export function makeGates({ box, verify, ...deps }: GatesDeps): HttpHandler {
  return answerOrUnavailable((request, context) => withinTime(answer(request, context)));

  async function answer(request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> {
    const log = logOf(context);
    if (verify) {
      const caller = await verify(request.headers.get('authorization') ?? undefined);
      if ('refused' in caller) {
        log('warn', 'gate-refused', { reason: caller.refused });
        return problem(401, 'Not signed in', `Gates want a token of Entra ID: ${caller.refused}.`);
      }
    }
    if (!box) {
      return problem(
        503,
        'Gates are not set up',
        'GATE_TOKEN_KEY is not set, so that tokens of jobs could not be kept safe.',
      );
    }
    const body = await readJson(request);
    if ('response' in body) return body.response;
    const asked = parseGateRequest(headersOf(request), body.json);
    if (asked.kind === 'malformed') {
      return wrongShape(
        'Not a gate',
        'Headers or body are not those of a task that waits for a callback.',
        asked.problems,
      );
    }
    const opened = await openGate(asked, { ...deps, box });
    if ('problems' in opened) {
      return wrongShape('Not a gate', 'Nothing can be waited for.', opened.problems);
    }
    const { environment, selector } = asked.question;
    log('info', 'gate-opened', { gate: opened.id, environment, selector: JSON.stringify(selector) });
    return { status: 202, jsonBody: { gate: opened.id } };
  }
}

/** A gate that is kept all the same, later, ends when its task is found to wait no longer. */
async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Failure('storage-unavailable', `The gate was not kept within ${answerMs / 1000} s.`));
    }, answerMs);
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
