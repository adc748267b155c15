import { z } from 'zod';
import { Failure } from '../../model/failure.ts';
import type { SourceBranches } from '../git-remote/source-branches.ts';
import type { PullRequests } from '../pull-requests.ts';
import type { GitHubAddress } from '../../net/github-address.ts';
import { disableAutoMerge, mergeIfReady, mergeWhenReady } from './auto-merge.ts';
import { faultText, GitHubFailure } from './failures.ts';
import type { GitHubHttp } from './http.ts';
import { equip } from './equip.ts';
import { readReviewers } from '../../net/github-reviewers.ts';
import { isOfRepository, openPullsQuery, openPullsSchema, pullSchema, readNode, readPull } from './wire.ts';
import type { Pull } from './wire.ts';

export interface GitHubPullRequestsDeps {
  readonly address: GitHubAddress;
  /** Throws where the operator does not let the API be called. */
  readonly connect: () => GitHubHttp;
  /** The branches themselves are written as on any Git host. */
  readonly branches: SourceBranches & Pick<PullRequests, 'defaultBranch'>;
}

/** GitHub takes no longer title. */
const maxTitle = 256;

/** Pull requests of a repository on GitHub. */
export function makeGitHubPullRequests({ address, connect, branches }: GitHubPullRequestsDeps): PullRequests {
  const place = { repository: address.url };
  const repository = { owner: address.owner, repo: address.repository };

  const request = <T>(route: string, parameters: Readonly<Record<string, unknown>>, schema: z.ZodType<T>) =>
    connect().rest(route, { ...repository, ...parameters }, schema);

  async function read(number: number): Promise<Pull> {
    try {
      return await request('GET /repos/{owner}/{repo}/pulls/{number}', { number }, pullSchema);
    } catch (error) {
      if (!(error instanceof GitHubFailure && error.status === 404)) throw error;
      // A repository that is hidden from the token looks the same: then this throws.
      await request('GET /repos/{owner}/{repo}', {}, z.object({ id: z.number() }));
      throw new Failure('pull-request-not-found', `There is no pull request ${number} in ${address.url}.`, { place });
    }
  }

  async function update(number: number, change: Readonly<Record<string, unknown>>): Promise<Pull> {
    return request('PATCH /repos/{owner}/{repo}/pulls/{number}', { number, ...change }, pullSchema);
  }

  return {
    ...branches,

    findReviewers: (names) => Promise.resolve(readReviewers(names, address.owner)),

    async find(source, target, state) {
      const parameters = {
        head: `${address.owner}:${source}`,
        base: target,
        state: state === 'active' ? 'open' : 'all',
        sort: 'created',
        direction: 'desc',
        per_page: 100,
      };
      const found = await request('GET /repos/{owner}/{repo}/pulls', parameters, z.array(pullSchema));
      const own = found.filter((pull) => isOfRepository(pull) && pull.head.ref === source);
      const open = own.find((pull) => pull.state === 'open');
      // The list does not say whether it can be merged.
      if (open) return readPull(await read(open.number), address);
      return own[0] && readPull(own[0], address);
    },

    async listActive(sourcePrefix) {
      const all = [];
      const variables = { owner: address.owner, name: address.repository };
      for (let after: string | null = null; ;) {
        const { pullRequests }: z.output<typeof openPullsSchema>['repository'] = (
          await connect().graphql(openPullsQuery, { ...variables, after }, openPullsSchema)
        ).repository;
        all.push(...pullRequests.nodes.filter((node) => !node.isCrossRepository));
        after = pullRequests.pageInfo.endCursor;
        if (pullRequests.pageInfo.hasNextPage && after !== null) continue;
        return all.map((node) => readNode(node, address)).filter(({ source }) => source.startsWith(sourcePrefix));
      }
    },

    async get(number) {
      return readPull(await read(number), address);
    },

    async open({ source, target, title, description, draft }) {
      const body = { head: source, base: target, title: shortened(title), body: description, draft };
      try {
        return readPull(await request('POST /repos/{owner}/{repo}/pulls', body, pullSchema), address);
      } catch (error) {
        if (error instanceof GitHubFailure && isStale(error))
          throw new Failure('branch-moved', error.message, { place, cause: error });
        throw error;
      }
    },

    equip: (number, wanted) => equip(number, wanted, request),

    async setText(number, { title, description }) {
      const { state } = await update(number, { title: shortened(title), body: description });
      // GitHub lets one edit what has ended: what was pushed since is in no pull request.
      if (state !== 'open') throw ended(number);
    },

    async setAutoComplete({ number }, completion) {
      const api = { http: connect(), address, read };
      if (completion) return mergeWhenReady(number, completion, api);
      await disableAutoMerge(await read(number), api);
      return undefined;
    },

    complete: (number, completion) => mergeIfReady(number, completion, { http: connect(), address, read }),

    async abandon(number) {
      const { merged_at: mergedAt } = await update(number, { state: 'closed' });
      if (mergedAt !== null) throw ended(number);
    },
  };

  function ended(number: number): Failure {
    return new Failure('branch-moved', `Pull request ${number} of ${address.url} has ended by now.`, { place });
  }
}

function shortened(title: string): string {
  return title.length > maxTitle ? `${title.slice(0, maxTitle - 1)}…` : title;
}

/**
 * Whether a pull request could not be opened because the state has changed since it was read: one exists, a branch is gone,
 * or its commits are in the target. For the first and the last GitHub has words only.
 */
function isStale({ status, faults }: GitHubFailure): boolean {
  if (status !== 422) return false;
  return faults.some((fault) => {
    const { field, code } = fault;
    return (
      (code === 'invalid' && (field === 'head' || field === 'base')) ||
      /^(?:A pull request already exists|No commits between)/.test(faultText(fault))
    );
  });
}
