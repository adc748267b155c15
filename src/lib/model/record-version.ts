import type { Deployment } from './deployment.ts';

/** Names a version of a record. When its effects are done, `followed` holds this name. */
export function recordVersion({
  updatedAt,
  states,
  build,
}: Pick<Deployment, 'updatedAt' | 'states' | 'build'>): string {
  return [updatedAt, states.length, build && `${build.id}${build.trusted ? '' : '?'}`].join('#');
}

/** Whether all effects of the record's present version are done. */
export function areEffectsDone(deployment: Deployment): boolean {
  return deployment.followed === recordVersion(deployment);
}
