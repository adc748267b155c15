import type { HttpHandler } from '@azure/functions';
import { z } from 'zod';
import { rebuild } from '../lib/delivery/restore/rebuild.ts';
import type { Rebuilt, RebuildDeps } from '../lib/delivery/restore/rebuild.ts';
import { readRebuildCursor, writeRebuildCursor } from '../lib/delivery/restore/rebuild-cursor.ts';
import { actorSchema, answerOrUnavailable, nameSchema, problem, readBody, reasonSchema } from './http.ts';
import { logOf } from './log.ts';

const title = 'Invalid rebuild request';
const bodySchema = z.strictObject({
  route: nameSchema.exactOptional(),
  environment: nameSchema.exactOptional(),
  from: z.string().max(6_000).exactOptional(),
  /** For the audit. */
  reason: reasonSchema.exactOptional(),
  actor: actorSchema.exactOptional(),
});

/** `POST /api/rebuild`, level admin: restores marks and records from Git. */
export function makeRebuild(deps: RebuildDeps): HttpHandler {
  return answerOrUnavailable(async (request, context) => {
    const body = await readBody(request, bodySchema, title);
    if ('response' in body) return body.response;
    const { from, reason: _reason, actor: _actor, ...filter } = body.value;
    const cursor = from === undefined ? undefined : readRebuildCursor(from);
    if (from !== undefined && !cursor) return problem(400, title, '`from` is not the `next` of an earlier answer.');
    const answer = await rebuild(filter, cursor, deps);
    if (answer.kind === 'environment-not-found')
      return problem(404, 'Environment not found', 'There is no such route and environment.');
    const { environments, notRebuilt, next } = answer;
    const records = environments.reduce((sum, one) => sum + one.records, 0);
    logOf(context)('info', 'rebuilt', { ...filter, environments: environments.length, records });
    return {
      status: 200,
      jsonBody: { environments: environments.map(view), notRebuilt, ...(next && { next: writeRebuildCursor(next) }) },
    };
  });
}

function view({ mark, ...rest }: Rebuilt): object {
  return { ...rest, mark: mark ?? null };
}
