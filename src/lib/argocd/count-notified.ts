import { z } from 'zod';
import { Failure } from '../model/failure.ts';
import { tryParseJson } from '../model/json.ts';
import { askArgoCd } from './ask-argocd.ts';
import type { ArgoCdHttpDeps } from './ask-argocd.ts';
import { notificationName } from './notifications/config-map.ts';
import type { ArgoCdAccess } from './read-instances.ts';

/** Above this number, a subscription for all applications delays each notification. */
export const mostNotified = 20;

export interface NotifiedApplications {
  /** Applications that the account may get. */
  readonly all: number;
  /** Those that send notifications to tagrelay without a subscription of their own. */
  readonly subscribedByAll: number;
}

const listSchema = z.object({
  items: z
    .array(z.object({ metadata: z.object({ annotations: z.record(z.string(), z.unknown()).nullish() }) }))
    .nullish(),
});
const stateAnnotation = 'notified.notifications.argoproj.io';
const ownAnnotation = `notifications.argoproj.io/subscribe.${notificationName}.${notificationName}`;
/** A key of the state: `[oncePer:]trigger:[index].hash:service:recipient`. */
const ownKey = new RegExp(`(?:^|:)${notificationName}:\\[\\d+\\]\\.`);
const limits = { timeoutMs: 30_000, maxBytes: 64 * 1024 * 1024 };

/** Counts the applications of an Argo CD by the state that its notifications leave in them. Throws as `askArgoCd`. */
export async function countNotified(
  access: ArgoCdAccess,
  { now }: Pick<ArgoCdHttpDeps, 'now'>,
): Promise<NotifiedApplications> {
  const path = 'applications?fields=items.metadata.name,items.metadata.annotations';
  const read = listSchema.safeParse(await askArgoCd(access, path, 'its applications', { now, ...limits }));
  if (!read.success)
    throw new Failure(
      'answer-not-understood',
      `${access.publicUrl} answered no list of applications. Check ARGOCD_URL.`,
    );
  const annotations = (read.data.items ?? []).map(({ metadata }) => metadata.annotations ?? {});
  const subscribedByAll = annotations.filter((one) => !(ownAnnotation in one) && hasNotified(one[stateAnnotation]));
  return { all: annotations.length, subscribedByAll: subscribedByAll.length };
}

function hasNotified(state: unknown): boolean {
  const keys = typeof state === 'string' ? tryParseJson(state) : undefined;
  return typeof keys === 'object' && keys !== null && Object.keys(keys).some((key) => ownKey.test(key));
}
