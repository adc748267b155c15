import type { DeploymentFilter } from '../deployments/deployment-index.ts';
import type { LogFields } from '../model/log.ts';
import { pullRequestOfBuild } from '../builds/pull-request-of-build.ts';
import { isPreviewed } from '../model/is-open.ts';
import type { Member } from './member.ts';

/** A place that shows the state of deployments. */
export type StatusTarget =
  | { readonly kind: 'commit'; readonly repository: string; readonly commit: string }
  /** The commit that the image was built from, with `statuses: { source: true }`. */
  | { readonly kind: 'source'; readonly repository: string; readonly commit: string }
  | { readonly kind: 'pull-request'; readonly repository: string; readonly number: number; readonly commit?: string }
  | { readonly kind: 'build'; readonly collection: string; readonly project: string; readonly id: number };

/**
 * The places that show the state of this deployment. A source commit and a build count only for a trusted build that was
 * read from Azure DevOps: labels are claims by the pusher of the image.
 */
export function targetsOf({ deployment, environment }: Member): readonly StatusTarget[] {
  const { commit, pullRequest, build } = deployment;
  // The route can name another repository by now.
  const repository = deployment.repository || environment.repository;
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
    ...previewTargets({ deployment, environment }),
  ];
}

/** The pull request that a preview was built from. */
function previewTargets({ deployment, environment }: Member): readonly StatusTarget[] {
  const { build } = deployment;
  if (!isPreviewed(deployment) || build?.trusted !== true || !environment.statuses.source) return [];
  const pullRequest = pullRequestOfBuild(build);
  return pullRequest ? [{ kind: 'pull-request', ...pullRequest }] : [];
}

/** The query for all deployments that share a target; `undefined` if no other can share it. */
export function filterFor(target: StatusTarget): DeploymentFilter | undefined {
  switch (target.kind) {
    case 'commit':
      return { commit: target.commit };
    case 'source':
      return { source: target.commit };
    case 'build':
      return { build: { id: target.id, collection: target.collection } };
    case 'pull-request':
      // The deployments of a merged pull request share its merge commit.
      return target.commit === undefined ? undefined : { commit: target.commit };
    default:
      return target satisfies never;
  }
}

/** Names a target in the store and among the runs of this process. */
export function targetKey(target: StatusTarget): string {
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

/** Whether a target shows a deployment. */
export function isMember(member: Member, target: StatusTarget): boolean {
  if (isSilent(member, target)) return false;
  const key = targetKey(target);
  return targetsOf(member).some((one) => targetKey(one) === key);
}

/** A queued deployment is shown on its source commit only. With `delivery: observe` it can wait forever and is not shown. */
function isSilent({ deployment, environment }: Member, { kind }: StatusTarget): boolean {
  const { state, commit } = deployment;
  // A newer image of the pull request is shown in its place.
  if (state === 'superseded' && kind === 'pull-request' && isPreviewed(deployment)) return true;
  if (state !== 'queued' || commit !== undefined) return false;
  return kind !== 'source' || environment.delivery === 'observe';
}

/** Names a target in the log. */
export function targetFields(target: StatusTarget): LogFields {
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
