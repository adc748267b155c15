import { expect } from 'vitest';
import { git } from '../../../local/git.ts';
import type { DeliverDeps } from '../../../src/lib/delivery/delivery.ts';
import { deliveryBench } from '../delivery.ts';
import type { DeliveryOptions } from '../delivery.ts';
import { azureHost } from './azure-host.ts';
import { gitHubHost } from './github-host.ts';
import type { PullRequestHost, SeenPullRequest } from './host.ts';
import { eventually } from '../eventually.ts';

const routesOf = (repository: string, reviewers: string, workItems: string) => `
defaults: { repository: '${repository}', branch: main, delivery: pull-request }
environments:
  prod: { tags: { match: '^(\\d+)$', order: numeric } }
  auto: { tags: { match: '^(\\d+)$', order: numeric }, pullRequest: { autoComplete: true, mergeStrategy: squash } }
  held:
    tags: { match: '^(\\d+)$', order: numeric }
    pullRequest: { autoComplete: true, mergeStrategy: squash }
    windows: [{ kind: deny, from: '2030-01-01T00:00:00Z', to: '2030-01-02T00:00:00Z', reason: holidays }]
  full:
    tags: { match: '^(\\d+)$', order: numeric }
    pullRequest: { reviewers: [${reviewers}], labels: [prod, app], workItems: [${workItems}], draft: true }
  all: { tags: { match: '^(\\d+)$', order: numeric }, pullRequest: { group: environment } }
  latest: { tags: { order: newest } }
routes:
  app/{service}:
    image: contoso.azurecr.io/app/{service}
    update: [{ file: 'apps/{service}.yaml', helm: { tag: image.tag } }]
    environments: [prod]
  auto: { image: contoso.azurecr.io/auto, update: [{ file: auto.yaml, helm: { tag: image.tag } }], environments: [auto] }
  held: { image: contoso.azurecr.io/held, update: [{ file: held.yaml, helm: { tag: image.tag } }], environments: [held] }
  promoted:
    image: contoso.azurecr.io/promoted
    update: [{ file: 'promoted/{environment}.yaml', helm: { tag: image.tag } }]
    environments:
      weu: { tags: { match: '^(\\d+)$', order: numeric }, delivery: commit, application: argocd/weu }
      neu: { tags: { match: '^(\\d+)$', order: numeric }, delivery: commit, application: argocd/neu }
      next:
        promoteFrom: [weu, neu]
        tags: { match: '^(\\d+)$', order: numeric }
        windows: [{ kind: deny, from: '2030-01-01T00:00:00Z', to: '2030-01-02T00:00:00Z', reason: holidays }]
  full: { image: contoso.azurecr.io/full, update: [{ file: full.yaml, helm: { tag: image.tag } }], environments: [full] }
  latest: { image: contoso.azurecr.io/latest, update: [{ file: latest.yaml, helm: { tag: image.tag } }], environments: [latest] }
  release: { image: contoso.azurecr.io/release, update: [{ file: group/api.yaml, helm: { tag: image.tag } }], branch: release, environments: [all] }
  digest: { image: contoso.azurecr.io/digest, update: [{ file: digest.yaml, create: true, helm: { tag: image.tag, digest: image.digest } }], environments: [prod] }
  soon/{service}: { image: 'contoso.azurecr.io/soon/{service}', update: [{ file: 'soon/{service}.yaml', helm: { tag: image.tag } }], environments: [auto] }
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
  'held.yaml': values('1'),
  'promoted/next.yaml': values('1'),
  'full.yaml': values('1'),
  'latest.yaml': values('1'),
  'digest.yaml': values('1'),
  'group/api.yaml': values('1'),
  'group/web.yaml': values('1'),
  'group/secret.yaml': `# SECRET\n${values('1')}`,
  'group/bad.yaml': 'image: [\n',
};

const azureRoutes = routesOf(
  'https://dev.azure.com/contoso/platform/_git/gitops',
  'grace@contoso.com, nobody@contoso.com',
  '7',
);

type BenchOptions = Partial<Pick<DeliveryOptions, 'files' | 'routes'>> & NonNullable<DeliveryOptions['devops']>;
type Delivery = Awaited<ReturnType<typeof deliveryBench>>;

/** The delivery bench on Azure Repos, with what people do there. */
export async function azureBench({
  files: more = {},
  routes = azureRoutes,
  policies = [],
  ...devops
}: BenchOptions = {}) {
  const rules = [...policies];
  const world = await deliveryBench({
    routes,
    files: { ...files, ...more },
    devops: { ...devops, policies: rules },
  });
  return benchOf(world, await azureHost(world.devops, rules));
}

/** The same on GitHub. */
export async function gitHubBench({ files: more = {} }: Pick<BenchOptions, 'files'> = {}) {
  const world = await deliveryBench({
    routes: routesOf('https://github.com/contoso/gitops', 'grace, nobody, contoso/release', ''),
    files: { ...files, ...more },
    gitHub: 'contoso/gitops',
  });
  const { gitHub, gitServer, gitHubToken } = world;
  if (!gitHub || !gitServer) throw new Error('the bench has no GitHub');
  return { ...benchOf(world, gitHubHost(gitHub, gitServer, gitHubToken)), gitHub, gitServer };
}

function benchOf<Host extends PullRequestHost>(world: Delivery, host: Host) {
  /** Waits for a state of a pull request, which hosts reach behind their answers. */
  const until = (number: number, expected: Partial<SeenPullRequest>) =>
    eventually(async () => expect(await host.get(number)).toMatchObject(expected));
  const show = (revision: string, path = 'apps/api.yaml') => git(['show', `${revision}:${path}`], world.bare);
  const log = async (range: string) => (await git(['log', '--format=%s', range], world.bare)).trim().split('\n');
  return { ...world, ...host, until, show, log };
}

/** Every host with pull requests: what the app does with them is the same on each. */
export const hosts = [
  ['Azure Repos', azureBench as (options?: Pick<BenchOptions, 'files'>) => Promise<NeutralBench>],
  ['GitHub', gitHubBench as (options?: Pick<BenchOptions, 'files'>) => Promise<NeutralBench>],
] as const;

type NeutralBench = Omit<Awaited<ReturnType<typeof azureBench>>, 'api'>;

export const branch = 'tagrelay/app+api/prod';
export const mark = { route: 'app/api', environment: 'prod' };
/** A worker that dies when it has pushed. */
export const dying = (store: DeliverDeps['store']): Partial<DeliverDeps> => {
  let writes = 0;
  return {
    store: {
      ...store,
      // The first write records the push intent.
      updateSourceBranch: (...args) => {
        writes += 1;
        return writes > 1 ? Promise.reject(new Error('killed')) : store.updateSourceBranch(...args);
      },
    },
  };
};
