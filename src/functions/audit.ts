import type { HttpHandler, HttpResponseInit } from '@azure/functions';
import { z } from 'zod';
import type { Act } from '../lib/audit/audit-entry.ts';
import type { AuditStore } from '../lib/audit/audit-store.ts';
import { readPeriod } from '../lib/figures/period.ts';
import type { Clock } from '../lib/model/clock.ts';
import { tryParseJson } from '../lib/model/json.ts';
import { updateIdPattern } from '../lib/model/tag-update.ts';
import { answerOrUnavailable, nameSchema, problem, readQuery } from './http.ts';
import { principalOf } from './signed-in.ts';

const title = 'Invalid query of the audit';
const querySchema = z.strictObject({
  since: z.string().max(20).exactOptional(),
  until: z.string().max(20).exactOptional(),
  route: nameSchema.exactOptional(),
  environment: nameSchema.exactOptional(),
  deployment: z.string().regex(updateIdPattern, 'expected the id of a deployment').exactOptional(),
  limit: z
    .string()
    .regex(/^\d{1,4}$/, 'expected a number from 1 to 1000')
    .transform(Number)
    .pipe(z.int().min(1).max(1_000))
    .default(100),
  after: z
    .string()
    .regex(/^\d{13}-[0-9a-f-]{1,60}$/, 'expected `next` of an earlier answer')
    .exactOptional(),
});
const dayMs = 86_400_000;

/** `GET /api/audit`, level admin: transitions and acts of people, the newest first. */
export function makeListAudit({
  audit,
  now,
}: {
  readonly audit: Pick<AuditStore, 'list'>;
  readonly now: Clock;
}): HttpHandler {
  return answerOrUnavailable(async (request) => {
    const query = readQuery(request, querySchema, title);
    if ('response' in query) return query.response;
    const { since, until, limit, after, ...filter } = query.value;
    const period = readPeriod(since, until, now());
    if (typeof period === 'string') return problem(400, title, `${period}.`);
    const page = await audit.list(filter, {
      from: new Date(period.first),
      to: new Date(Date.parse(period.last) + dayMs),
      limit,
      ...(after !== undefined && { after }),
    });
    return { status: 200, headers: { 'cache-control': 'no-store' }, jsonBody: { period, ...page } };
  });
}

export interface AuditedDeps {
  readonly audit: Pick<AuditStore, 'recordAct'>;
  readonly now: Clock;
  readonly newId: () => string;
  /** Azure authenticates people before requests arrive, so that their header can be trusted. */
  readonly hasSignIn: boolean;
}

const orderSchema = z.object({
  route: z.string().exactOptional(),
  environment: z.string().exactOptional(),
  id: z.string().exactOptional(),
  tag: z.string().exactOptional(),
  to: z.string().exactOptional(),
  actor: z.string().exactOptional(),
  reason: z.string().exactOptional(),
  dryRun: z.boolean().exactOptional(),
});

/** A handler whose successful orders are added to the audit before they are answered. */
export function makeAudited({
  audit,
  now,
  newId,
  hasSignIn,
}: AuditedDeps): (act: Act, handler: HttpHandler) => HttpHandler {
  return (act, handler) =>
    answerOrUnavailable(async (request, context) => {
      const copy = request.clone();
      const response = (await handler(request, context)) as HttpResponseInit;
      const { status = 200 } = response;
      if (status >= 300) return response;
      const {
        id,
        to,
        tag = to,
        dryRun = false,
        actor,
        ...order
      } = orderSchema.parse(tryParseJson(await copy.text()) ?? {});
      if (dryRun) return response;
      const person = hasSignIn ? principalOf(request)?.name : undefined;
      const entry = {
        kind: 'act' as const,
        at: now().toISOString(),
        act,
        ...order,
        ...(id !== undefined && { deployment: id }),
        ...(tag !== undefined && { tag }),
        actor: person ?? actor ?? 'holder of the admin key',
        by: person === undefined ? ('key' as const) : ('sign-in' as const),
      };
      await audit.recordAct(entry, newId());
      return response;
    });
}
