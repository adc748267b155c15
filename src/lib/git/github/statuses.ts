import { z } from 'zod';
import { Failure } from '../../model/failure.ts';
import type { Status, Statuses } from '../statuses.ts';
import type { GitHubAddress } from '../../net/github-address.ts';
import { GitHubFailure } from './failures.ts';
import type { GitHubHttp } from './http.ts';

/**
 * GitHub knows four states; what was superseded passes there, as a check that was skipped does: nothing waits for it.
 */
const states = {
  pending: 'pending',
  succeeded: 'success',
  failed: 'failure',
  error: 'error',
  notApplicable: 'success',
} as const satisfies Record<Status['state'], string>;

const headSchema = z.object({ head: z.object({ sha: z.string() }) });

/**
 * Statuses on GitHub ("Commit statuses" in the REST reference). A pull request shows those of its head, and its last
 * commit keeps them when it is merged.
 *
 * @param connect throws where the operator does not let the API be called
 */
export function makeGitHubStatuses({
  address,
  connect,
}: {
  readonly address: GitHubAddress;
  readonly connect: () => GitHubHttp;
}): Statuses {
  const place = { repository: address.url };
  const repository = { owner: address.owner, repo: address.repository };
  /** Several statuses of one pull request are posted side by side: its head is asked for once. */
  const heads = new Map<number, Promise<string>>();

  function headOf(number: number): Promise<string> {
    const known = heads.get(number);
    if (known) return known;
    const asked = connect()
      .rest('GET /repos/{owner}/{repo}/pulls/{number}', { ...repository, number }, headSchema)
      .then(({ head }) => head.sha)
      .finally(() => heads.delete(number));
    heads.set(number, asked);
    return asked;
  }

  async function post(sha: string, { state, context, description, targetUrl }: Status): Promise<void> {
    const body = {
      state: states[state],
      context: `${context.genre}/${context.name}`,
      description,
      ...(targetUrl === undefined ? {} : { target_url: targetUrl }),
    };
    await connect().rest('POST /repos/{owner}/{repo}/statuses/{sha}', { ...repository, sha, ...body }, z.unknown());
  }

  /** An unknown commit and a refused status give the same answer; only the words differ. */
  async function isThere(sha: string): Promise<boolean> {
    try {
      await connect().rest('GET /repos/{owner}/{repo}/git/commits/{sha}', { ...repository, sha }, z.unknown());
      return true;
    } catch (error) {
      if (error instanceof GitHubFailure && error.status === 404) return false;
      throw error;
    }
  }

  async function postOrExplain(sha: string, status: Status): Promise<void> {
    try {
      await post(sha, status);
    } catch (error) {
      if (!(error instanceof GitHubFailure && error.status === 422)) throw error;
      if (await isThere(sha)) throw new Failure('status-refused', error.message, { place, cause: error });
      throw new Failure('commit-not-found', `${address.url} has no commit ${sha}: it cannot get a status.`, {
        place,
        cause: error,
      });
    }
  }

  return {
    postToCommit: postOrExplain,

    async postToPullRequest(number, status) {
      let head: string;
      try {
        head = await headOf(number);
      } catch (error) {
        if (!(error instanceof GitHubFailure && error.status === 404)) throw error;
        throw new Failure('pull-request-not-found', `There is no pull request ${number} in ${address.url}.`, {
          place,
          cause: error,
        });
      }
      await postOrExplain(head, status);
    },
  };
}
