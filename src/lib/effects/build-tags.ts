import type { Member } from './member.ts';
import { overallStanding } from './standing.ts';

/** The tag of a build for one environment: one of a pair. */
export interface BuildTagging {
  readonly add: string;
  /** The other tag of the pair. */
  readonly opposite: string;
}

/** Azure DevOps refuses longer tags. */
const longestTag = 256;

/**
 * `<environment>-failed` if a deployment of the build in that environment failed, `<environment>-healthy` if all succeeded,
 * else none.
 */
export function buildTagsOf(members: readonly Member[]): ReadonlyMap<string, BuildTagging> {
  const states = new Map<string, ReturnType<typeof overallStanding>['state'][]>();
  for (const { deployment, environment } of members) {
    const applications = deployment.applications ?? environment.application;
    // One failed application fails the deployment; all have to be healthy.
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
