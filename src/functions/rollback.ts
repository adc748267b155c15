import type { HttpHandler } from '@azure/functions';
import { z } from 'zod';
import { formatImageReference, tagPattern } from '../lib/model/image-reference.ts';
import { planRollback, queueRollback } from '../lib/rollback/order-rollback.ts';
import type { OrderRollbackDeps, PlannedRollback } from '../lib/rollback/order-rollback.ts';
import { actorSchema, answerOrUnavailable, nameSchema, planOrRefuse, problem, readBody, reasonSchema } from './http.ts';
import { logOf } from './log.ts';

const title = 'Invalid rollback request';

const bodySchema = z.strictObject({
  route: nameSchema,
  environment: nameSchema,
  to: z.string().regex(tagPattern, 'expected a tag').exactOptional(),
  reason: reasonSchema,
  actor: actorSchema.exactOptional(),
  dryRun: z.boolean().exactOptional(),
});

/** `POST /api/rollback`, level admin: takes an environment back to an earlier value. */
export function makeRollback(deps: OrderRollbackDeps): HttpHandler {
  return answerOrUnavailable(async (request, context) => {
    const body = await readBody(request, bodySchema, title);
    if ('response' in body) return body.response;
    const { dryRun = false, ...order } = body.value;
    const planned = await planOrRefuse(() => planRollback(order, deps));
    if (planned.kind === 'unknown') return problem(404, 'Not found', planned.reason);
    if (planned.kind === 'refused') {
      return problem(409, 'Rollback refused', `${order.route} in ${order.environment}: ${planned.reason}.`);
    }
    if (dryRun) return { status: 200, jsonBody: { dryRun, ...view(planned) } };
    await queueRollback(planned, deps);
    const { route, environment, reason, actor } = order;
    const { id, image } = planned.update;
    const fields = { update: id, route, environment, tag: image.tag, from: planned.from, actor, reason };
    logOf(context)('warn', 'rollback-queued', fields);
    return { status: 202, jsonBody: view(planned) };
  });
}

function view({ update, from, message, diff, repository, branch }: PlannedRollback): object {
  const { id, route, environment, image, cause } = update;
  return {
    id,
    route,
    environment,
    from,
    image: formatImageReference(image),
    ...(cause.kind === 'rollback' && cause.of !== undefined && { of: cause.of }),
    repository,
    branch,
    message,
    diff,
  };
}
