import type { HttpHandler } from '@azure/functions';
import { z } from 'zod';
import { formatImageReference } from '../lib/model/image-reference.ts';
import { replayAll, replayOne } from '../lib/delivery/replay.ts';
import type { Replayed, ReplayDeps } from '../lib/delivery/replay.ts';
import { readCursor, writeCursor } from '../lib/delivery/replay-cursor.ts';
import { updateIdPattern } from '../lib/model/tag-update.ts';
import type { TagUpdate } from '../lib/model/tag-update.ts';
import { actorSchema, answerOrUnavailable, problem, readBody, reasonSchema } from './http.ts';
import { logOf } from './log.ts';

const title = 'Invalid replay request';
const name = z.string().min(1).max(500);
/** For the audit, and the record of the replay of one update. */
const orderFields = { reason: reasonSchema.exactOptional(), actor: actorSchema.exactOptional() };
const bodySchema = z.union(
  [
    z.strictObject({
      id: z.string().regex(updateIdPattern, 'expected the id of a deployment: 32 hexadecimal digits'),
      ...orderFields,
    }),
    z.strictObject({
      all: z.literal(true),
      route: name.exactOptional(),
      environment: name.exactOptional(),
      from: z.string().max(1_000).exactOptional(),
      ...orderFields,
    }),
  ],
  'expected { "id": "…" }, or { "all": true } with `route`, `environment` and `from` if needed',
);

/** `POST /api/replay`, level admin: queues abandoned and rejected updates again. */
export function makeReplay(deps: ReplayDeps): HttpHandler {
  return answerOrUnavailable(async (request, context) => {
    const body = await readBody(request, bodySchema, title);
    if ('response' in body) return body.response;
    const asked = body.value;
    const log = logOf(context);
    if ('id' in asked) {
      const { id, ...order } = asked;
      const update = await replayOne(id, deps, order);
      if (!update) return problem(404, 'Deployment not found', `No deployment has the id ${id}.`);
      log('info', 'replay-queued', { update: update.id, of: id });
      return { status: 202, jsonBody: view({ updates: [update], messages: 0 }) };
    }
    const cursor = asked.from === undefined ? undefined : readCursor(asked.from);
    if (asked.from !== undefined && !cursor) {
      return problem(400, title, '`from` is not the `next` of an earlier answer.');
    }
    const { route, environment } = asked;
    const filter = { ...(route === undefined ? {} : { route }), ...(environment === undefined ? {} : { environment }) };
    const replayed = await replayAll(filter, cursor, deps);
    log('info', 'replay-all-queued', { ...filter, updates: replayed.updates.length, messages: replayed.messages });
    return { status: 202, jsonBody: view(replayed) };
  });
}

function view({ updates, messages, next }: Replayed): object {
  return { queued: updates.map(describe), messages, ...(next && { next: writeCursor(next) }) };
}

function describe({ id, cause, route, environment, image }: TagUpdate): object {
  return {
    id,
    ...('number' in cause && { replayOf: cause.of }),
    route,
    environment,
    image: formatImageReference(image),
  };
}
