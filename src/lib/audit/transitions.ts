import { imageName } from '../model/image-reference.ts';
import type { Deployment } from '../model/deployment.ts';
import { isState } from '../model/deployment-states.ts';
import type { AuditEntry } from './audit-entry.ts';

/** The transitions of a record, the oldest first. They only grow, so an entry never changes once its state began. */
export function transitionsOf(record: Deployment): readonly AuditEntry[] {
  const { update, states, commit, applications = [] } = record;
  const { id, route, environment, image, cause } = update;
  return states.map(({ state, at, code, reason }, index) => {
    const from = states[index - 1]?.state;
    const why = reason ?? (index === 0 && 'reason' in cause ? cause.reason : undefined);
    return {
      kind: 'transition',
      at,
      route,
      environment,
      deployment: id,
      tag: image.tag,
      actor: index === 0 ? causerOf(record) : moverOf(state, applications),
      ...(from !== undefined && { from }),
      state,
      cause: cause.kind,
      ...(code !== undefined && { code }),
      ...(why !== undefined && { reason: why }),
      ...(commit !== undefined && state === 'committed' && { commit }),
    };
  });
}

/** The one whose event or order made the update. */
function causerOf({ update: { cause, image }, build }: Deployment): string {
  if (cause.kind === 'rollback') return cause.automatic ? 'tagrelay' : (cause.actor ?? 'a person');
  if (cause.kind === 'push' || cause.kind === 'reconcile') return `registry ${imageName(image).split('/')[0]}`;
  if (cause.kind === 'build') return build ? `build ${build.number} of ${build.project}` : 'build';
  return cause.kind === 'replay' ? 'a person' : 'tagrelay';
}

/** Sync results move a deployment between the states that Argo CD shows. */
function moverOf(state: Deployment['state'], applications: readonly string[]): string {
  const isShown = isState(state, 'settling') && state !== 'committed' && state !== 'superseded';
  return isShown && applications.length > 0 ? `Argo CD ${applications.join(', ')}` : 'tagrelay';
}
