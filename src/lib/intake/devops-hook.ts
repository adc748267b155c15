import { z } from 'zod';
import { devOpsEventSchema } from './devops-event.ts';
import type { DevOpsEvent, HookPlace, Reduced } from './devops-event.ts';
import { parseBuildResource, parseRunResource, parseStageResource } from './devops-hook-build.ts';
import { parsePullRequestResource } from './devops-hook-pull-request.ts';
import { parsePushResource } from './devops-hook-push.ts';
import type { Ignored, Malformed } from './image-pushed.ts';
import { malformed } from './malformed.ts';

const parsers: Readonly<Record<string, (resource: unknown, place: HookPlace) => Reduced>> = {
  'build.complete': parseBuildResource,
  'ms.vss-pipelines.run-state-changed-event': parseRunResource,
  'ms.vss-pipelines.stage-state-changed-event': parseStageResource,
  'git.pullrequest.merged': parsePullRequestResource,
  'git.pullrequest.updated': parsePullRequestResource,
  'git.push': parsePushResource,
};

const text = z.string().min(1).max(500);
const placeSchema = z.object({ id: text.optional(), baseUrl: text.optional() }).nullish().catch(undefined);
const hookSchema = z.object({
  eventType: z.string().min(1).max(200),
  id: z.string().max(100).nullish(),
  subscriptionId: z.string().max(100).nullish(),
  notificationId: z.int().nullish(),
  resource: z.unknown().optional(),
  resourceContainers: z.object({ collection: placeSchema, project: placeSchema }).nullish().catch(undefined),
});

/**
 * Reads the body of an Azure DevOps service hook (documentation "Service hooks events"), whatever its publisher, its
 * resource version and the details that it was asked to send.
 */
export function parseDevOpsHook(body: unknown): DevOpsEvent | Ignored | Malformed {
  const hook = hookSchema.safeParse(body);
  if (!hook.success) return malformed(hook.error);
  const { eventType, resource, resourceContainers: containers } = hook.data;
  const parse = Object.hasOwn(parsers, eventType) ? parsers[eventType] : undefined;
  if (!parse) return { kind: 'ignored', reason: 'other-event-type' };
  if (resource === undefined || resource === null) return { kind: 'ignored', reason: 'no-details' };
  const collection = containers?.collection?.baseUrl;
  const project = containers?.project?.id;
  const reduced = parse(resource, { ...(collection && { collection }), ...(project && { project }) });
  if (reduced.kind === 'ignored') return reduced;
  if (reduced.kind === 'malformed') return inside('resource', reduced);
  const event = devOpsEventSchema.safeParse({ ...reduced, eventId: idOf(hook.data) });
  return event.success ? event.data : malformed(event.error);
}

/** A message about a service hook: the event that the receiver stored, or the body of a hook, sent by Azure DevOps itself. */
export function parseDevOpsMessage(message: unknown): DevOpsEvent | Ignored | Malformed {
  const event = devOpsEventSchema.safeParse(message);
  return event.success ? event.data : parseDevOpsHook(message);
}

/** A subscription counts its notifications; samples have no subscription. */
function idOf({ subscriptionId, notificationId, id }: z.infer<typeof hookSchema>): string {
  const isCounted = Boolean(subscriptionId) && notificationId !== undefined && notificationId !== null;
  return isCounted ? `${subscriptionId}/${notificationId}` : (id ?? 'unknown');
}

function inside(field: string, { problems }: Malformed): Malformed {
  return {
    kind: 'malformed',
    problems: problems.map((one) => ({
      ...one,
      field: one.field === '(body)' ? field : `${field}.${one.field}`,
    })),
  };
}

/** Whether a body is a service hook, sent by Azure DevOps straight to the queue, and not an event of a registry. */
export function isDevOpsHook(body: unknown): boolean {
  const hook = hookSchema.safeParse(body);
  return hook.success && /^(?:build|git|ms\.vss-pipelines)\./.test(hook.data.eventType);
}
