import { Failure } from '../../model/failure.ts';
import type { Repositories } from '../../git/repositories.ts';
import { groupBranch, rollbackBranch, routeBranch } from '../../model/source-branch-name.ts';
import type { TagUpdate } from '../../model/tag-update.ts';
import { isHeldBack } from '../../routes/match/is-held-back.ts';
import type { Environment } from '../../routes/route.ts';
import type { Target } from '../delivery.ts';

/**
 * Where an environment with `delivery: pull-request` is proposed: on a branch of its route's own, or on one for all
 * routes of the environment and target. A rollback has a branch of its own.
 *
 * @throws {Failure} `delivery-not-supported` where the Git host has no pull requests for us
 */
export function proposalTarget(
  { route, cause }: Pick<TagUpdate, 'route' | 'cause'>,
  environment: Environment,
  repositories: Repositories,
): Target {
  const { name, branch, repository: repositoryUrl, pullRequest } = environment;
  const { key, repository, pullRequests } = repositories.open(repositoryUrl);
  if (!pullRequests) {
    throw new Failure(
      'delivery-not-supported',
      `This version opens no pull requests in ${repositoryUrl}; choose \`delivery: commit\` or \`observe\`.`,
    );
  }
  const own =
    cause.kind === 'rollback'
      ? rollbackBranch(route, name)
      : pullRequest?.group === undefined || isHeldBack(environment)
        ? routeBranch(route, name)
        : undefined;
  return {
    key: `${key}#${branch ?? ''}#${own ?? name}`,
    repository,
    branch,
    proposal: {
      pullRequests,
      repositoryUrl,
      repositoryKey: key,
      sourceFor: async (target) => own ?? groupBranch(name, target, await pullRequests.defaultBranch()),
    },
  };
}
