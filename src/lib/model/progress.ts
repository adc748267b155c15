import { z } from 'zod';

/** The progress of a deployment by sync results, from the lowest to the highest. The highest stays. */
export const progressStates = ['syncing', 'superseded', 'degraded', 'failed', 'healthy'] as const;

export type ProgressState = (typeof progressStates)[number];

/** A resource that prevents Healthy. */
export const failedResourceSchema = z.object({
  /** `apps/Deployment shop/api`. */
  resource: z.string(),
  message: z.string().exactOptional(),
});

export type FailedResource = Readonly<z.infer<typeof failedResourceSchema>>;

/** How far one application has come with a deployment. */
export const progressSchema = z.object({
  state: z.enum(progressStates),
  /** When we learned it, ISO 8601. */
  at: z.string(),
  /** The revision that showed it: a commit, or the version of a chart. */
  revision: z.string().exactOptional(),
  /** For people: why it is so. */
  reason: z.string().exactOptional(),
  /** `syncing`: start of an operation with failed attempts, ISO 8601. Argo CD repeats them. */
  failing: z.string().exactOptional(),
  /** `healthy`: the application was OutOfSync. */
  outOfSync: z.literal(true).exactOptional(),
  /** The first few resources that failed. */
  failures: z.array(failedResourceSchema).readonly().exactOptional(),
  /** The account of Argo CD that started the sync, for people; absent for an automated sync. */
  syncedBy: z.string().exactOptional(),
  /** `healthy`: whether the image was seen running; absent where that is not known. */
  runs: z.boolean().exactOptional(),
});

export type Progress = Readonly<z.infer<typeof progressSchema>>;

/** By application, `[instance/]namespace/name`. */
export type ProgressByApplication = Readonly<Record<string, Progress>>;

export function rankOf({ state }: Pick<Progress, 'state'>): number {
  return progressStates.indexOf(state);
}

/**
 * The higher of the two, in any order; of equals the first stays. If both are `healthy`, a known `runs` replaces an unknown
 * one, true replaces false, and one that was Synced clears `outOfSync`.
 *
 * @param isLast whether `shown` is by the last result, which has the current reason of `syncing`
 */
export function join(known: Progress | undefined, shown: Progress, isLast = false): Progress {
  if (known === undefined || rankOf(shown) > rankOf(known)) return shown;
  if (shown.state !== known.state) return known;
  if (shown.state === 'syncing') return isLast && !isSameReason(known, shown) ? shown : known;
  const { outOfSync, ...synced } = known;
  const isCleared = outOfSync === true && shown.outOfSync !== true;
  const hasSeenMore = sightRank(shown) > sightRank(known) && shown.runs !== undefined;
  if (!isCleared && !hasSeenMore) return known;
  return { ...(isCleared ? synced : known), ...(hasSeenMore && { runs: shown.runs }) };
}

function isSameReason(one: Progress, other: Progress): boolean {
  const [a, b] = [one, other].map(({ reason, failing, failures }) => JSON.stringify([reason, failing, failures]));
  return a === b;
}

function sightRank({ runs }: Progress): number {
  return [undefined, false, true].indexOf(runs);
}
