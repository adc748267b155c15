import type { HttpHandler } from '@azure/functions';
import { z } from 'zod';
import { formatImageReference, tagPattern } from '../lib/model/image-reference.ts';
import { planPromotion, queuePromotion } from '../lib/orders/order-promotion.ts';
import type { OrderPromotionDeps, PlannedPromotion } from '../lib/orders/order-promotion.ts';
import { actorSchema, answerOrUnavailable, nameSchema, planOrRefuse, problem, readBody, reasonSchema } from './http.ts';
import { logOf } from './log.ts';

const title = 'Invalid promotion request';

const bodySchema = z.strictObject({
  route: nameSchema,
  environment: nameSchema,
  tag: z.string().regex(tagPattern, 'expected a tag').exactOptional(),
  now: z.boolean().exactOptional(),
  reason: reasonSchema,
  actor: actorSchema.exactOptional(),
  dryRun: z.boolean().exactOptional(),
});

/** `POST /api/promote`, level admin: promotes an image to an environment. */
export function makePromote(deps: OrderPromotionDeps): HttpHandler {
  return answerOrUnavailable(async (request, context) => {
    const body = await readBody(request, bodySchema, title);
    if ('response' in body) return body.response;
    const { dryRun = false, now: isNow = false, ...order } = body.value;
    const planned = await planOrRefuse(() => planPromotion({ ...order, isNow }, deps));
    if (planned.kind === 'unknown') return problem(404, 'Not found', planned.reason);
    if (planned.kind === 'refused') {
      return problem(409, 'Promotion refused', `${order.route} in ${order.environment}: ${planned.reason}.`);
    }
    if (dryRun) return { status: 200, jsonBody: { dryRun, ...view(planned) } };
    await queuePromotion(planned, deps);
    const { route, environment, reason, actor } = order;
    const { id, image } = planned.update;
    logOf(context)('info', 'promotion-queued', {
      update: id,
      route,
      environment,
      tag: image.tag,
      now: isNow,
      actor,
      reason,
    });
    return { status: 202, jsonBody: view(planned) };
  });
}

function view({ update, held, message, diff, repository, branch }: PlannedPromotion): object {
  const { id, route, environment, image, cause } = update;
  return {
    id,
    route,
    environment,
    image: formatImageReference(image),
    from: cause.kind === 'promotion' ? cause.from : [],
    ...(held !== undefined && { held }),
    repository,
    branch,
    message,
    diff,
  };
}
