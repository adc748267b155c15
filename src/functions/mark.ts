import type { HttpHandler, HttpResponseInit } from '@azure/functions';
import { z } from 'zod';
import { changeMark, findMark } from '../lib/delivery/marks/change-mark.ts';
import type { ChangeMarkDeps, MarkRefusal } from '../lib/delivery/marks/change-mark.ts';
import type { EnvironmentKey } from '../lib/deployments/store.ts';
import { digestPattern, tagPattern } from '../lib/model/image-reference.ts';
import { actorSchema, answerOrUnavailable, nameSchema, problem, readBody, readQuery, reasonSchema } from './http.ts';
import { logOf } from './log.ts';

const title = 'Invalid mark request';

const querySchema = z.strictObject({ route: nameSchema, environment: nameSchema });
const bodySchema = z
  .strictObject({
    route: nameSchema,
    environment: nameSchema,
    reason: reasonSchema,
    /** For the audit. */
    actor: actorSchema.exactOptional(),
    tag: z.string().regex(tagPattern, 'expected a tag').exactOptional(),
    digest: z.string().regex(digestPattern, 'expected sha256: and 64 hexadecimal digits').exactOptional(),
    pushedAt: z.iso.datetime().exactOptional(),
    clear: z.literal(true).exactOptional(),
  })
  .refine(({ tag, clear }) => (tag === undefined) !== (clear === undefined), 'expected either `tag` or `"clear": true`')
  .refine(
    ({ clear, digest, pushedAt }) => clear === undefined || (digest === undefined && pushedAt === undefined),
    'expected neither `digest` nor `pushedAt` with `clear`',
  );

/** `GET /api/mark?route=…&environment=…`, level admin: the mark, and its last changes by people. */
export function makeShowMark(deps: ChangeMarkDeps): HttpHandler {
  return answerOrUnavailable(async (request) => {
    const query = readQuery(request, querySchema, title);
    if ('response' in query) return query.response;
    const key = query.value;
    const found = await findMark(key, deps);
    if (found.kind !== 'found') return answerRefusal(found, key);
    const { mark = null, history } = found;
    return { status: 200, headers: { 'cache-control': 'no-store' }, jsonBody: { ...key, mark, history } };
  });
}

/** `POST /api/mark`, level admin: sets or clears a mark. */
export function makeChangeMark(deps: ChangeMarkDeps): HttpHandler {
  return answerOrUnavailable(async (request, context) => {
    const body = await readBody(request, bodySchema, title);
    if ('response' in body) return body.response;
    const { clear: _clear, actor: _actor, ...asked } = body.value;
    const { route, environment, reason: why } = asked;
    const changed = await changeMark(asked, deps);
    if (changed.kind !== 'changed') return answerRefusal(changed, asked);
    const { before = null, mark = null } = changed;
    const tags = { tag: mark?.tag, before: before?.tag };
    logOf(context)('warn', mark ? 'mark-set' : 'mark-cleared', { route, environment, ...tags, reason: why });
    return { status: 200, jsonBody: { route, environment, before, mark } };
  });
}

function answerRefusal(refusal: MarkRefusal, { route, environment }: EnvironmentKey): HttpResponseInit {
  if (refusal.kind === 'invalid') return problem(400, title, refusal.reason);
  const detail = `There is no route ${route} with an environment ${environment}. In the name of a pattern route the captures are filled in, as in the list of deployments.`;
  return problem(404, 'Environment not found', detail);
}
