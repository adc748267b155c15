import { z } from 'zod';
import { isReplaced } from '../model/deployment.ts';
import type { Deployment, DeploymentState } from '../model/deployment.ts';

/** Events of deployments that people are notified of. */
export const noticeEvents = ['failed', 'degraded', 'rolled-back', 'needs-person', 'held'] as const;

export type NoticeEvent = (typeof noticeEvents)[number];

export const noticeSchema = z.object({
  event: z.enum(noticeEvents),
  /** ISO 8601. */
  at: z.string(),
  deployment: z.string(),
  route: z.string(),
  environment: z.string(),
  tag: z.string(),
  state: z.string(),
  code: z.string().exactOptional(),
  /** A long one is cut. */
  reason: z.string().exactOptional(),
});

export type Notice = Readonly<z.infer<typeof noticeSchema>>;

const eventOf: Readonly<Partial<Record<DeploymentState, NoticeEvent>>> = {
  failed: 'failed',
  degraded: 'degraded',
  'rolled-back': 'rolled-back',
  rejected: 'needs-person',
  abandoned: 'needs-person',
};
/** A state that began longer ago is not reported, as after an update of the app. */
const freshMs = 6 * 60 * 60_000;
const longestReason = 300;

/** The notice that the present state of a record is worth. */
export function noticeOf(record: Deployment, now: Date): Notice | undefined {
  const { update, state, states, updatedAt, code, reason, opensAt } = record;
  const event = state === 'queued' && opensAt !== undefined ? 'held' : eventOf[state];
  const at = event === 'held' ? updatedAt : (states.at(-1)?.at ?? updatedAt);
  if (event === undefined || isReplaced(record) || now.getTime() - Date.parse(at) > freshMs) return undefined;
  const { id, route, environment, image } = update;
  return {
    event,
    at,
    deployment: id,
    route,
    environment,
    tag: image.tag,
    state,
    ...(code !== undefined && { code }),
    ...(reason !== undefined && { reason: reason.slice(0, longestReason) }),
  };
}
