import { reviewerProblem } from '../../net/github-reviewers.ts';
import type { RepositoryAddress } from '../../net/repository-url.ts';
import type { Report } from './expand-updates.ts';
import { gitHubOf, offersPullRequests, type HostRules } from '../read/host-rules.ts';
import type { Delivery, PullRequestOptions } from '../route.ts';
import { formatValue } from '../read/format-value.ts';

/** Tells what of `delivery: pull-request` the host of a repository has not got. */
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
        message: `pull requests can be opened on Azure Repos and GitHub only, and ${formatValue(address.url)} is neither; expected \`delivery: commit\` or \`observe\`, or the host in the setting GITHUB_HOSTS if it runs GitHub Enterprise Server`,
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
      'GitHub has no work items to link a pull request with; expected none here (`workItems: null` removes what was inherited)',
    );
  }
  if (pullRequest.mergeStrategy === 'rebaseMerge') {
    reportOption(
      'mergeStrategy',
      'GitHub has no merge commit on top of a rebase; expected `squash`, `noFastForward` (a merge commit) or `rebase`',
    );
  }
  for (const [index, name] of pullRequest.reviewers.entries()) {
    const problem = reviewerProblem(name, gitHub.owner);
    if (problem !== undefined) reportOption('reviewers', `${formatValue(name)} ${problem}`, index);
  }
}
