import type { Member } from './member.ts';
import { overallStanding } from './standing.ts';

/** What a build's tags should say of one environment: one of the pair. */
export interface BuildTagging {
  readonly add: string;
  /** The tag that says the opposite. */
  readonly opposite: string;
}

/** Longer tags are refused by Azure DevOps. */
const longestTag = 256;

/**
 * `<environment>-healthy` where all deployments of a build in that environment have ended well, `<environment>-failed`
 * where one has failed; nothing while one is on its way and none has failed.
 */
export function buildTagsOf(members: readonly Member[]): ReadonlyMap<string, BuildTagging> {
  const states = new Map<string, ReturnType<typeof overallStanding>['state'][]>();
  for (const { deployment, environment } of members) {
    const applications = deployment.applications ?? environment.application;
    // As a whole: one application that failed fails the deployment, and all have to be healthy.
    const { state } = overallStanding(deployment, applications.length > 0);
    if (state !== 'notApplicable') states.set(environment.name, [...(states.get(environment.name) ?? []), state]);
  }
  const tags = new Map<string, BuildTagging>();
  for (const [environment, all] of states) {
    const name = environment.slice(0, longestTag - '-healthy'.length);
    const healthy = `${name}-healthy`;
    const failed = `${name}-failed`;
    if (all.some((state) => state === 'failed' || state === 'error')) {
      tags.set(environment, { add: failed, opposite: healthy });
    } else if (all.every((state) => state === 'succeeded')) tags.set(environment, { add: healthy, opposite: failed });
  }
  return tags;
}
