import type { DeploymentFilter } from '../deployments/deployment-index.ts';
import type { LogFields } from '../model/log.ts';
import type { Member } from './member.ts';

/** What shows how deployments stand. */
export type ReportTarget =
  | { readonly kind: 'commit'; readonly repository: string; readonly commit: string }
  /** The commit that the images were built from, where the route wants it (`statuses: { source: true }`). */
  | { readonly kind: 'source'; readonly repository: string; readonly commit: string }
  | { readonly kind: 'pull-request'; readonly repository: string; readonly number: number; readonly commit?: string }
  | { readonly kind: 'build'; readonly collection: string; readonly project: string; readonly id: number };

/**
 * Everything that shows how this deployment stands. A source commit and a build count only where the build was read from
 * Azure DevOps and may be trusted: labels are claims by whoever pushed the image.
 */
export function targetsOf({ deployment, environment }: Member): readonly ReportTarget[] {
  const { commit, pullRequest, build } = deployment;
  const { repository } = environment;
  return [
    ...(commit === undefined ? [] : [{ kind: 'commit', repository, commit } as const]),
    ...(pullRequest === undefined
      ? []
      : [
          {
            kind: 'pull-request',
            repository,
            number: pullRequest.number,
            ...(commit === undefined ? {} : { commit }),
          } as const,
        ]),
    ...(build?.trusted === true
      ? [{ kind: 'build', collection: build.collection, project: build.project, id: build.id } as const]
      : []),
    ...(build?.trusted === true && build.repository !== undefined && environment.statuses.source
      ? [{ kind: 'source', repository: build.repository, commit: build.sourceVersion } as const]
      : []),
  ];
}

/** What the index is asked for to find all that share a target; `undefined` where nobody else does. */
export function filterFor(target: ReportTarget): DeploymentFilter | undefined {
  switch (target.kind) {
    case 'commit':
      return { commit: target.commit };
    case 'source':
      return { source: target.commit };
    case 'build':
      return { build: { id: target.id, collection: target.collection } };
    case 'pull-request':
      // All that a merged pull request brought stand at its merge; before that, each waits for the same merge.
      return target.commit === undefined ? undefined : { commit: target.commit };
    default:
      return target satisfies never;
  }
}

/** Names a target in the store and among the runs of this process. */
export function targetKey(target: ReportTarget): string {
  switch (target.kind) {
    case 'commit':
    case 'source':
      return JSON.stringify([target.kind, target.repository.toLowerCase(), target.commit]);
    case 'pull-request':
      return JSON.stringify([target.kind, target.repository.toLowerCase(), target.number]);
    case 'build':
      return JSON.stringify([target.kind, target.collection.toLowerCase(), target.id]);
    default:
      return target satisfies never;
  }
}

/** Whether a deployment has a part in what the target shows. */
export function isMember(member: Member, target: ReportTarget): boolean {
  if (isSilent(member, target)) return false;
  const key = targetKey(target);
  return targetsOf(member).some((one) => targetKey(one) === key);
}

/** What waits is shown on its source commit only; what is only observed may wait for ever, and is shown nowhere. */
function isSilent({ deployment: { state, commit }, environment }: Member, { kind }: ReportTarget): boolean {
  if (state !== 'queued' || commit !== undefined) return false;
  return kind !== 'source' || environment.delivery === 'observe';
}

/** Names a target in the log. */
export function targetFields(target: ReportTarget): LogFields {
  switch (target.kind) {
    case 'commit':
    case 'source':
      return { on: target.kind, repository: target.repository, commit: target.commit };
    case 'pull-request':
      return { on: target.kind, repository: target.repository, pullRequest: target.number };
    case 'build':
      return { on: target.kind, project: target.project, build: target.id };
    default:
      return target satisfies never;
  }
}
