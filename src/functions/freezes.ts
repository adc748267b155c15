import type { HttpHandler } from '@azure/functions';
import { z } from 'zod';
import { freeze, unfreeze } from '../lib/delivery/windows/change-freezes.ts';
import type { ChangeFreezesDeps, Refusal } from '../lib/delivery/windows/change-freezes.ts';
import { isInForce } from '../lib/delivery/windows/freeze.ts';
import { globProblem } from '../lib/routes/match/glob.ts';
import { actorSchema, answerOrUnavailable, nameSchema, problem, readBody, reasonSchema } from './http.ts';
import { logOf } from './log.ts';

const title = 'Invalid freeze request';
const historyLimit = 20;

const orderFields = {
  environment: nameSchema.exactOptional(),
  route: nameSchema
    .refine((glob) => globProblem(glob) === undefined, 'expected a name, or a glob of `*` and `?`')
    .exactOptional(),
  actor: actorSchema,
  reason: reasonSchema,
};
const until = z.iso.datetime({ offset: true, error: 'expected a time with its offset: 2026-12-27T08:00:00+01:00' });
const freezeSchema = z.strictObject({ ...orderFields, until });
const liftSchema = z.strictObject(orderFields);

/** `GET /api/freezes`, level admin: the freezes in force, and the last changes by people. */
export function makeListFreezes({ freezes, now }: Pick<ChangeFreezesDeps, 'freezes' | 'now'>): HttpHandler {
  return answerOrUnavailable(async () => {
    const [all, history] = await Promise.all([freezes.list(), freezes.history(historyLimit)]);
    const inForce = all.filter((one) => isInForce(one, now()));
    return { status: 200, headers: { 'cache-control': 'no-store' }, jsonBody: { freezes: inForce, history } };
  });
}

/** `POST /api/freezes`, level admin: freezes environments. */
export function makeFreeze(deps: ChangeFreezesDeps): HttpHandler {
  return answerOrUnavailable(async (request, context) => {
    const body = await readBody(request, freezeSchema, title);
    if ('response' in body) return body.response;
    const made = await freeze(body.value, deps);
    if (made.kind !== 'frozen') return refuse(made);
    const from = made.from.toISOString();
    logOf(context)('warn', 'frozen', { ...made.freeze, from });
    return { status: 200, jsonBody: { ...made.freeze, from } };
  });
}

/** `DELETE /api/freezes`, level admin: lifts a freeze. */
export function makeUnfreeze(deps: ChangeFreezesDeps): HttpHandler {
  return answerOrUnavailable(async (request, context) => {
    const body = await readBody(request, liftSchema, title);
    if ('response' in body) return body.response;
    const lifted = await unfreeze(body.value, deps);
    if (lifted.kind !== 'lifted') return refuse(lifted);
    const { freeze: was, released } = lifted;
    logOf(context)('warn', 'unfrozen', { ...body.value, released });
    return { status: 200, jsonBody: { lifted: was, released } };
  });
}

function refuse({ kind, reason }: Refusal) {
  return kind === 'invalid' ? problem(400, title, reason) : problem(404, 'Not found', reason);
}
