import { reviewerProblem } from '../../net/github-reviewers.ts';
import type { RepositoryAddress } from '../../net/repository-url.ts';
import type { Report } from './expand-updates.ts';
import { gitHubOf, offersPullRequests, type HostRules } from '../read/host-rules.ts';
import type { Delivery, PullRequestOptions } from '../route.ts';
import { formatValue } from '../read/format-value.ts';

/** Reports options of `delivery: pull-request` that the repository's host does not support. */
export function checkPullRequest(
  address: RepositoryAddress,
  { delivery, pullRequest }: { readonly delivery: Delivery; readonly pullRequest?: PullRequestOptions },
  hosts: HostRules,
  report: Report,
): void {
  if (delivery !== 'pull-request') return;
  if (!offersPullRequests(address, hosts)) {
    report(
      {
        code: 'delivery-unavailable',
        message: `pull requests need Azure Repos or GitHub, and ${formatValue(address.url)} is neither; expected \`delivery: commit\` or \`observe\`. For GitHub Enterprise Server, add the host to GITHUB_HOSTS`,
      },
      ['delivery'],
    );
  }
  const gitHub = gitHubOf(address, hosts);
  if (!gitHub || !pullRequest) return;
  const reportOption = (field: keyof PullRequestOptions, message: string, ...rest: number[]): void => {
    report({ code: 'pull-request-option', message }, ['pullRequest', field, ...rest]);
  };
  if (pullRequest.workItems.length > 0) {
    reportOption(
      'workItems',
      'GitHub does not support work items; remove them (`workItems: null` removes inherited ones)',
    );
  }
  if (pullRequest.mergeStrategy === 'rebaseMerge') {
    reportOption(
      'mergeStrategy',
      'GitHub does not support a merge commit after a rebase; expected `squash`, `noFastForward` (a merge commit) or `rebase`',
    );
  }
  for (const [index, name] of pullRequest.reviewers.entries()) {
    const problem = reviewerProblem(name, gitHub.owner);
    if (problem !== undefined) reportOption('reviewers', `${formatValue(name)} ${problem}`, index);
  }
}
