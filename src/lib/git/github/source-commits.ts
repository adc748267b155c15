import { z } from 'zod';
import type { GitHubAddress } from '../../net/github-address.ts';
import type { SourceCommits } from '../source-commits.ts';
import { GitHubFailure } from './failures.ts';
import type { GitHubHttp } from './http.ts';

const commitSchema = z.object({ message: z.string(), committer: z.object({ date: z.iso.datetime({ offset: true }) }) });

/**
 * Reads commits by the REST API of GitHub ("Get a commit object").
 *
 * @param connect throws where the operator does not let the API be called
 */
export function makeGitHubSourceCommits({
  address: { owner, repository: repo },
  connect,
}: {
  readonly address: GitHubAddress;
  readonly connect: () => GitHubHttp;
}): SourceCommits {
  return {
    async read(sha) {
      try {
        const route = 'GET /repos/{owner}/{repo}/git/commits/{sha}';
        const { message, committer } = await connect().rest(route, { owner, repo, sha }, commitSchema);
        return { message, committedAt: new Date(committer.date) };
      } catch (error) {
        // A commit that is not there and a repository that the token does not see give the same answer.
        if (error instanceof GitHubFailure && error.status === 404) return undefined;
        throw error;
      }
    },
  };
}
