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
  /** The first few resources that failed. */
  failures: z.array(failedResourceSchema).readonly().exactOptional(),
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
 * The higher of the two, in any order; of equals the first stays. If both have the same state, a known `runs` replaces an
 * unknown one, and true replaces false.
 */
export function join(known: Progress | undefined, shown: Progress): Progress {
  if (known === undefined || rankOf(shown) > rankOf(known)) return shown;
  const hasSeenMore = shown.state === known.state && sightRank(shown) > sightRank(known);
  return hasSeenMore && shown.runs !== undefined ? { ...known, runs: shown.runs } : known;
}

function sightRank({ runs }: Progress): number {
  return [undefined, false, true].indexOf(runs);
}
