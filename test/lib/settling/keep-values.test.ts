import { expect, test } from 'vitest';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { Environment } from '../../../src/lib/routes/route.ts';
import { makeKeepValues } from '../../../src/lib/settling/keep-values.ts';
import { readFacts } from '../../../src/lib/settling/read-facts.ts';
import { gitops, healthyAt, settlingBench } from '../../support/settling.ts';

const routes = `
defaults: { repository: ${gitops}, branch: main, delivery: commit }
routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: apps/api.yaml, helm: { tag: image.tag } }]
    application: argocd/shop-dev
    environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
`;
const down = new Failure('service-unavailable', 'down');
const application = 'argocd/shop-dev';

test('a Git host that does not answer holds up no deployment: the job is repeated for the values', async () => {
  const files = { 'apps/api.yaml': 'image: { tag: "1" }\n' };
  const keepValues = { ofResult: () => Promise.reject(down), ofDeployment: () => Promise.resolve() };
  const bench = await settlingBench({ routes, files }, { keepValues });
  const two = await bench.deploy('api', '2');
  await expect(bench.hear(healthyAt(two.commit, 70))).rejects.toBe(down);
  expect(await bench.stateOf(two)).toBe('healthy');
});

test('nor the values of another environment', async () => {
  const kept: string[] = [];
  const environment = { onFailure: 'revert', repository: gitops, name: 'dev' } as unknown as Environment;
  const keeper = makeKeepValues({
    isUsed: () => Promise.resolve(true),
    findEnvironment: () => Promise.resolve(environment),
    findNamed: () => Promise.resolve({ environment, image: 'contoso.azurecr.io/api' }),
    factsOf: (result, repository) => readFacts(result, repository, []),
    imageAt: ({ route }) =>
      route === 'a'
        ? Promise.reject(down)
        : Promise.resolve({ registry: 'contoso.azurecr.io', repository: 'api', tag: '2' }),
    results: {
      users: () => Promise.resolve(['a', 'b'].map((route) => ({ route, environment: 'dev' }))),
      changeValues: (_application, { route }) => Promise.resolve(void kept.push(route)),
    },
  });
  await expect(keeper.ofResult(application, healthyAt('c'.repeat(40), 70))).rejects.toBe(down);
  expect(kept).toEqual(['b']);
});
