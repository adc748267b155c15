import { getPersonalAccessTokenHandler, WebApi } from 'azure-devops-node-api';
import { PullRequestAsyncStatus, PullRequestStatus } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { GitPullRequest } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { expect, vi } from 'vitest';
import { git } from '../../local/git.ts';
import type { DeliverDeps } from '../../src/lib/updates/delivery.ts';
import { deliveryBench } from './delivery.ts';
import type { DeliveryOptions } from './delivery.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: pull-request }
environments:
  prod: { tags: { match: '^(\\d+)$', order: numeric } }
  auto: { tags: { match: '^(\\d+)$', order: numeric }, pullRequest: { autoComplete: true, mergeStrategy: squash } }
  full:
    tags: { match: '^(\\d+)$', order: numeric }
    pullRequest: { reviewers: [grace@contoso.com, nobody@contoso.com], labels: [prod, app], workItems: [7], draft: true }
  all: { tags: { match: '^(\\d+)$', order: numeric }, pullRequest: { group: environment } }
  latest: { tags: { order: newest } }
routes:
  app/{service}:
    image: contoso.azurecr.io/app/{service}
    update: [{ file: 'apps/{service}.yaml', helm: { tag: image.tag } }]
    environments: [prod]
  auto: { image: contoso.azurecr.io/auto, update: [{ file: auto.yaml, helm: { tag: image.tag } }], environments: [auto] }
  full: { image: contoso.azurecr.io/full, update: [{ file: full.yaml, helm: { tag: image.tag } }], environments: [full] }
  latest: { image: contoso.azurecr.io/latest, update: [{ file: latest.yaml, helm: { tag: image.tag } }], environments: [latest] }
  release: { image: contoso.azurecr.io/release, update: [{ file: group/api.yaml, helm: { tag: image.tag } }], branch: release, environments: [all] }
  digest: { image: contoso.azurecr.io/digest, update: [{ file: digest.yaml, helm: { tag: image.tag, digest: image.digest } }], environments: [prod] }
  elsewhere: { image: contoso.azurecr.io/elsewhere, repository: https://github.com/contoso/gitops, update: [{ file: a.yaml, helm: { tag: tag } }], environments: [prod] }
  group-{service}:
    image: contoso.azurecr.io/group/{service}
    update: [{ file: 'group/{service}.yaml', helm: { tag: image.tag } }]
    environments: [all]
`;
export const values = (tag: string) => `image:\n  tag: "${tag}"\n`;
const files = {
  'apps/api.yaml': values('1'),
  'apps/web.yaml': values('1'),
  'auto.yaml': values('1'),
  'full.yaml': values('1'),
  'latest.yaml': values('1'),
  'digest.yaml': values('1'),
  'group/api.yaml': values('1'),
  'group/web.yaml': values('1'),
  'group/secret.yaml': `# SECRET\n${values('1')}`,
  'group/bad.yaml': 'image: [\n',
};

type BenchOptions = Partial<Pick<DeliveryOptions, 'files' | 'routes'>> & NonNullable<DeliveryOptions['devops']>;

/** The delivery bench, with the Azure DevOps client of a person beside it. */
export async function pullRequestBench({ files: more = {}, routes: own = routes, ...devops }: BenchOptions = {}) {
  const world = await deliveryBench({ routes: own, files: { ...files, ...more }, devops });
  const person = await personAt(world.devops.url);
  const show = (revision: string, path = 'apps/api.yaml') => git(['show', `${revision}:${path}`], world.bare);
  const log = async (range: string) => (await git(['log', '--format=%s', range], world.bare)).trim().split('\n');
  return { ...world, ...person, show, log };
}

/** The Azure DevOps client of a person, on the repository `contoso/platform/gitops`. */
export async function personAt(devopsUrl: string) {
  const handler = getPersonalAccessTokenHandler('token');
  const api = await new WebApi(`${devopsUrl}/contoso`, handler).getGitApi();
  const all = (status = PullRequestStatus.All) => api.getPullRequests('gitops', { status }, 'platform');
  const get = (number: number) => api.getPullRequest('gitops', number, 'platform');
  const change = (number: number, body: GitPullRequest) => api.updatePullRequest(body, 'gitops', number, 'platform');
  const until = (number: number, expected: Partial<GitPullRequest>) =>
    vi.waitFor(async () => expect(await get(number)).toMatchObject(expected), { timeout: 10_000, interval: 20 });
  /** As a person who presses "Complete". */
  const complete = async (number: number, options: GitPullRequest['completionOptions'] = {}) => {
    await until(number, { mergeStatus: PullRequestAsyncStatus.Succeeded });
    const { lastMergeSourceCommit = {} } = await get(number);
    await change(number, { status: PullRequestStatus.Completed, lastMergeSourceCommit, completionOptions: options });
    await until(number, { status: PullRequestStatus.Completed });
  };
  const abandon = (number: number) => change(number, { status: PullRequestStatus.Abandoned });
  return { api, all, get, change, until, complete, abandon };
}

export const branch = 'tagrelay/app+api/prod';
export const mark = { route: 'app/api', environment: 'prod' };
/** A worker that dies when it has pushed. */
export const dying = (store: DeliverDeps['store']): Partial<DeliverDeps> => {
  let writes = 0;
  return {
    store: {
      ...store,
      // The first write announces the push.
      updateSourceBranch: (...args) => {
        writes += 1;
        return writes > 1 ? Promise.reject(new Error('killed')) : store.updateSourceBranch(...args);
      },
    },
  };
};
