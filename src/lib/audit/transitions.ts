import { imageName } from '../model/image-reference.ts';
import type { Deployment, StateEntry } from '../model/deployment.ts';
import { isState } from '../model/deployment-states.ts';
import type { AuditEntry } from './audit-entry.ts';

/** The transitions of a record, the oldest first. They only grow, so an entry never changes once its state began. */
export function transitionsOf(record: Deployment): readonly AuditEntry[] {
  return record.states.map((entry, index) => transitionOf(record, entry, record.states[index - 1]));
}

function transitionOf(record: Deployment, entry: StateEntry, former: StateEntry | undefined): AuditEntry {
  const { update, commit, applications = [] } = record;
  const { id, route, environment, image, cause } = update;
  const { state, at, code, reason } = entry;
  const why = reason ?? (former === undefined && 'reason' in cause ? cause.reason : undefined);
  return {
    kind: 'transition',
    at,
    route,
    environment,
    deployment: id,
    tag: image.tag,
    actor: former === undefined ? causerOf(record) : moverOf(entry, applications),
    ...(former !== undefined && { from: former.state }),
    state,
    cause: cause.kind,
    ...(code !== undefined && { code }),
    ...(why !== undefined && { reason: why }),
    ...(commit !== undefined && state === 'committed' && { commit }),
  };
}

/** The one whose event or order made the update. */
function causerOf({ update: { cause, image }, build }: Deployment): string {
  if (cause.kind === 'rollback') return cause.automatic ? 'tagrelay' : (cause.actor ?? 'a person');
  if (cause.kind === 'push' || cause.kind === 'reconcile') return `registry ${imageName(image).split('/')[0]}`;
  if (cause.kind === 'build') return build ? `build ${build.number} of ${build.project}` : 'build';
  return cause.kind === 'replay' ? 'a person' : 'tagrelay';
}

/** Sync results move a deployment between the states that Argo CD shows. */
function moverOf({ state, syncedBy }: StateEntry, applications: readonly string[]): string {
  const isShown = isState(state, 'settling') && state !== 'committed' && state !== 'superseded';
  if (!isShown || applications.length === 0) return 'tagrelay';
  return `Argo CD ${applications.join(', ')}${syncedBy === undefined ? '' : `, sync by ${syncedBy}`}`;
}
