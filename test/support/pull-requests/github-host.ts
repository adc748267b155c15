import { expect } from 'vitest';
import type { GitServer } from '../git-server.ts';
import type { GitHubStandIn } from '../github/github.ts';
import { stateOf } from '../github/merging.ts';
import type { StoredPull, StoredRepository } from '../github/state.ts';
import type { PullRequestHost, SeenPullRequest } from './host.ts';
import { eventually } from '../eventually.ts';

/** The stand-in of GitHub, as a person and through the API. */
export function gitHubHost(gitHub: GitHubStandIn, gitServer: GitServer, token: string) {
  const look = () => gitHub.look('contoso', 'gitops');
  const find = async (number: number) => {
    const repository = await look();
    const pull = repository.pulls.find((one) => one.number === number);
    if (!pull) throw new Error(`there is no pull request ${number}`);
    return { repository, pull };
  };
  async function call(method: string, path: string, body: unknown): Promise<void> {
    const response = await fetch(`${gitHub.url}/repos/contoso/gitops${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.ok, await response.text()).toBe(true);
  }

  const host: PullRequestHost = {
    repository: 'https://github.com/contoso/gitops',
    firstUrl: 'https://github.com/contoso/gitops/pull/1',
    async all() {
      const repository = await look();
      return Promise.all(repository.pulls.map((pull) => see(repository, pull)));
    },
    async get(number) {
      const { repository, pull } = await find(number);
      return see(repository, pull);
    },
    async statuses(number) {
      const { repository, pull } = await find(number);
      const words: Readonly<Record<string, string>> = { success: 'succeeded', failure: 'failed' };
      return (repository.statuses.get(pull.head) ?? []).map(
        ({ context, state, description }) => `${context} ${words[state] ?? state}: ${description}`,
      );
    },
    async complete(number, { strategy, message, deletesBranch } = {}) {
      const { repository } = await find(number);
      repository.rules.deleteBranchOnMerge = deletesBranch ?? false;
      const title = message === undefined ? {} : { commit_title: message, commit_message: '' };
      await eventually(() => call('PUT', `/pulls/${number}/merge`, { merge_method: strategy, ...title }));
    },
    abandon: (number) => call('PATCH', `/pulls/${number}`, { state: 'closed' }),
    reopen: (number) => call('PATCH', `/pulls/${number}`, { state: 'open' }),
    retarget: (number, branch) => call('PATCH', `/pulls/${number}`, { base: branch }),
    loseAnswer(step, when) {
      if (step === 'push') gitServer.plan({ match: /^POST .*receive-pack/, times: 1, fault: { kind: 'drop', when } });
      else gitHub.plan({ match: /^POST .*\/pulls$/, times: 1, fault: { kind: 'drop', when } });
    },
    failOnce: () => {
      gitHub.plan({ match: /graphql|pulls/, times: 1, fault: { kind: 'answer', status: 502 } });
    },
    async guard() {
      (await look()).rules.requiredApprovals = 1;
    },
    async unguard() {
      (await look()).rules.requiredApprovals = 0;
    },
  };
  return { ...host, look };
}

async function see(repository: StoredRepository, pull: StoredPull): Promise<SeenPullRequest> {
  const isOpen = pull.state === 'open';
  if (isOpen) await stateOf(repository, pull);
  return {
    number: pull.number,
    state: isOpen ? 'active' : pull.mergedAt === null ? 'abandoned' : 'completed',
    source: pull.source,
    target: pull.target,
    title: pull.title,
    description: pull.body,
    isDraft: pull.draft,
    autoCompletes: pull.autoMerge !== null,
    hasConflicts: isOpen && (await stateOf(repository, pull)) === 'dirty',
    reviewers: [...pull.reviewers, ...[...pull.teams].map((team) => `contoso/${team}`)],
    labels: [...pull.labels],
  };
}
