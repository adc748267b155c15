import { expect, test } from 'vitest';
import { makeDeploymentIndex } from '../../../src/lib/deployments/deployment-index.ts';
import { makeTableStore } from '../../../src/lib/deployments/table-store.ts';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import { updateId } from '../../../src/lib/model/tag-update.ts';
import type { GitOpsRepository } from '../../../src/lib/git/repository.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import { readFacts } from '../../../src/lib/settling/read-facts.ts';
import { makeRevisions } from '../../../src/lib/settling/revisions.ts';
import { settleResult } from '../../../src/lib/settling/settle-result.ts';
import { syncJobSchema } from '../../../src/lib/settling/sync-job.ts';
import type { SettleResultDeps } from '../../../src/lib/settling/settle-result.ts';
import type { SyncJob } from '../../../src/lib/settling/sync-job.ts';
import { makeSettleStore } from '../../../src/lib/settling/settle-store.ts';
import { makeTableRows } from '../../../src/lib/storage/table-rows.ts';
import { countedTable } from '../../support/counted-table.ts';
import { seedRecords } from '../../support/seed-records.ts';
import { gitops, healthyAt, queueEffects, zero } from '../../support/settling.ts';

const application = 'argocd/shop-dev';
const routes = `
routes:
  api:
    image: contoso.azurecr.io/api
    repository: ${gitops}
    branch: main
    delivery: commit
    update: [{ file: api.yaml, helm: { tag: image.tag } }]
    application: ${application}
    environments: { dev: { tags: { order: newest } } }
`;
const { table } = loadRoutes([{ setting: 'ROUTES', text: routes }], { azureDevOpsCollections: [], registries: [] });
const environment = table?.find('contoso.azurecr.io/api', 'dev')?.environment;
const commitOf = (number: number): string => number.toString(16).padStart(40, '0');
const numberOf = (commit: string): number => Number.parseInt(commit, 16);

function recordOf(number: number) {
  const image = { registry: 'contoso.azurecr.io', repository: 'api', tag: String(number) };
  const id = updateId('api', 'dev', image, false);
  const at = new Date(zero - 10_000_000 + number * 1000);
  const pushedAt = at.toISOString();
  const update = { id, route: 'api', environment: 'dev', image, pushedAt, cause: { kind: 'push' as const } };
  return moveTo(queued(update, gitops, at), 'committed', { commit: commitOf(number), applications: [application] }, at);
}

/** A branch with a commit per number, each of which sets the tag. Each question is noted. */
function repositoryOf(questions: Set<string>): Pick<GitOpsRepository, 'isAncestor' | 'read' | 'above'> {
  return {
    isAncestor(ancestor, commit) {
      questions.add(`${ancestor} below ${commit}`);
      return Promise.resolve(numberOf(ancestor) <= numberOf(commit));
    },
    read(commit, paths) {
      questions.add(`${paths.join()} at ${commit}`);
      const content = new TextEncoder().encode(`image:\n  tag: "${numberOf(commit)}"\n`);
      return Promise.resolve(new Map(paths.map((path) => [path, content] as const)));
    },
    above(base, tip) {
      questions.add(`above ${base} to ${tip}`);
      const count = numberOf(tip) - numberOf(base);
      const commits = Array.from({ length: count }, (_, index) => ({
        commit: commitOf(numberOf(tip) - index),
        message: '',
        parents: [],
        committedAt: new Date(zero),
      }));
      return Promise.resolve({ commits, complete: true });
    },
  };
}

async function bench(count: number) {
  const { settings, uncounted, requestsOf } = await countedTable();
  await seedRecords(
    Array.from({ length: count }, (_, index) => recordOf(index + 1)),
    uncounted,
  );
  const rows = makeTableRows(settings);
  const store = makeTableStore(rows);
  const questions = new Set<string>();
  const repository = repositoryOf(questions);
  const jobs: SyncJob[] = [];
  const deps: SettleResultDeps = {
    now: () => new Date(zero + 3_600_000),
    findEnvironment: () => Promise.resolve(environment),
    factsOf: (result) => readFacts(result, gitops, []),
    revisions: makeRevisions({
      open: () => ({ key: gitops, url: gitops, repository, pullRequests: undefined, statuses: undefined }) as never,
    }),
    findForcedAway: () => Promise.resolve(undefined),
    holderOf: () => Promise.resolve(undefined),
    send: ({ body }) => Promise.resolve(void jobs.push(syncJobSchema.parse(body))),
    sendLater: () => Promise.resolve(),
    withEffects: queueEffects,
    resources: () => Promise.resolve(undefined),
    followPullRequest: () => Promise.resolve(),
    store,
    results: makeSettleStore(rows),
    newId: () => 'x',
    asker: { knows: () => false, ask: () => undefined, startSync: () => undefined },
  };
  const settle = async (first: SyncJob): Promise<void> => {
    jobs.push(first);
    for (let job = jobs.shift(); job; job = jobs.shift()) await settleResult(job, () => undefined, deps);
  };
  return { rows, store, index: makeDeploymentIndex(rows), questions, settle, requestsOf, deps };
}

test('a result of an application with many open deployments: one request per 10, at most 5 questions to Git', async () => {
  const count = 700;
  const { index, questions, settle, requestsOf } = await bench(count);
  const images = [`contoso.azurecr.io/api:${count}`];
  const result = healthyAt(commitOf(count), 1, { images });
  const requests = await requestsOf(() => settle({ application, result }));
  expect(requests.length).toBeLessThanOrEqual(count / 10);
  expect(questions.size).toBeLessThanOrEqual(5);
  const healthy = await index.list({ state: 'healthy' }, { limit: 5 });
  expect(healthy.deployments.map(({ update }) => update.image.tag)).toEqual([String(count)]);
  const superseded = await index.list({ state: 'superseded' }, { limit: count });
  expect(superseded.deployments).toHaveLength(count - 1);
  expect(await index.list({ state: 'committed' }, { limit: 5 })).toEqual({ deployments: [] });
});

test('deployments that wrote to the former file of a route are not superseded by the value in the new one', async () => {
  const count = 40;
  const moved = 20;
  const { index, settle, deps, questions } = await bench(count);
  const edited = loadRoutes([{ setting: 'ROUTES', text: routes.replace('api.yaml', 'new.yaml') }], {
    azureDevOpsCollections: [],
    registries: [],
  }).table?.find('contoso.azurecr.io/api', 'dev')?.environment;
  const { read, ...others } = repositoryOf(questions);
  const repository: typeof others & { read: typeof read } = {
    ...others,
    read: async (commit, paths) => (numberOf(commit) > moved ? read(commit, paths) : new Map()),
  };
  Object.assign(deps, {
    findEnvironment: () => Promise.resolve(edited),
    revisions: makeRevisions({ open: () => ({ key: gitops, url: gitops, repository }) as never }),
  });
  const images = [`contoso.azurecr.io/api:${count}`];
  await settle({ application, result: healthyAt(commitOf(count), 1, { images }) });
  const tags = async (state: 'committed' | 'healthy' | 'superseded') =>
    (await index.list({ state }, { limit: 50 })).deployments.map(({ update }) => Number(update.image.tag));
  expect(await tags('healthy')).toEqual([count]);
  expect(await tags('superseded')).toEqual(Array.from({ length: 19 }, (_, number) => count - 1 - number));
  // The file of the others still holds the value of the last of them.
  expect(await tags('committed')).toEqual(Array.from({ length: moved }, (_, number) => moved - number));
});

test('a deployment that the revision does not hold, or that changes meanwhile, is not superseded by what was listed', async () => {
  const count = 30;
  const { store, index, settle, deps } = await bench(count);
  const changed = recordOf(7).update;
  const { open } = deps.results;
  const results: typeof deps.results = {
    ...deps.results,
    open: async (name, page) => {
      const listed = await open(name, page);
      // Another worker is faster.
      await store.update(changed, (current) => current && { ...current, editWarnings: ['seen'] });
      return listed;
    },
  };
  Object.assign(deps, { results });
  await settle({ application, result: healthyAt(commitOf(25), 1, { images: ['contoso.azurecr.io/api:25'] }) });
  const tags = async (state: 'committed' | 'healthy' | 'superseded') =>
    (await index.list({ state }, { limit: 50 })).deployments.map(({ update }) => Number(update.image.tag));
  expect(await tags('committed')).toEqual([30, 29, 28, 27, 26]);
  expect(await tags('healthy')).toEqual([25]);
  expect(await tags('superseded')).toHaveLength(24);
  expect(await store.find(changed)).toMatchObject({ state: 'superseded', editWarnings: ['seen'] });
});
