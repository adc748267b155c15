import { randomBytes } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { makeDeploymentIndex } from '../../../src/lib/deployments/deployment-index.ts';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import type { Deployment, DeploymentState } from '../../../src/lib/model/deployment.ts';
import { runEffects } from '../../../src/lib/effects/run-effects.ts';
import { makeTableStore } from '../../../src/lib/deployments/table-store.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { FailureCode } from '../../../src/lib/model/failure.ts';
import type { Status, Statuses } from '../../../src/lib/git/statuses.ts';
import type { BuildTags } from '../../../src/lib/azure-devops/build-tags.ts';
import { makePostedStore } from '../../../src/lib/effects/posted.ts';
import { makeStatusEffect } from '../../../src/lib/effects/status-effect.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import { makeFindEnvironment } from '../../../src/lib/delivery/apply-update.ts';
import { replayOf, updateId } from '../../../src/lib/model/tag-update.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import { sharedTable } from '../../support/shared-storage.ts';

const { table } = loadRoutes(
  [
    {
      setting: 'ROUTES',
      text: `
routes:
  '{service}':
    image: fabrikam.azurecr.io/{service}
    repository: https://dev.azure.com/fabrikam/platform/_git/gitops
    update: [{ file: '{service}-{environment}.yaml', helm: { tag: image.tag } }]
    environments:
      dev: { delivery: commit, tags: { order: numeric }, application: 'argocd/{service}' }
      prod: { delivery: pull-request, tags: { order: numeric } }
      trial: { delivery: observe, tags: { order: numeric } }
`,
    },
  ],
  { azureDevOpsCollections: [], registries: [] },
);

const newRows = sharedTable();

let commit = '';
beforeEach(() => {
  // Each test has commits, builds and pull requests of its own, as all share one store.
  commit = randomBytes(20).toString('hex');
});

function update(service: string, tag: string, environment = 'dev'): TagUpdate {
  const image = { registry: 'fabrikam.azurecr.io', repository: `${service}-${commit.slice(0, 6)}`, tag };
  const route = image.repository;
  return {
    id: updateId(route, environment, image, false),
    route,
    environment,
    image,
    pushedAt: '2026-11-20T10:00:00Z',
    cause: { kind: 'push' },
  };
}

const findEnvironment = makeFindEnvironment(() =>
  table ? Promise.resolve(table) : Promise.reject(new Error('the routes of the test do not load')),
);

const applications = ({ route }: TagUpdate) => ({ commit, applications: [`argocd/${route}`] });

type Post = (context: string, status: Status) => Promise<void>;

interface Hooks {
  readonly post?: Post;
  readonly setTag?: BuildTags['setTag'];
  /** Whether the route is gone. */
  readonly isRemoved?: () => boolean;
}

function bench(hooks: Hooks = {}) {
  const rows = newRows();
  const store = makeTableStore(rows);
  const shown = new Map<string, string>();
  const posts: string[] = [];
  const events: string[] = [];
  const reads = { count: 0 };
  const post = async (context: string, status: Status): Promise<void> => {
    posts.push(context);
    await hooks.post?.(context, status);
    shown.set(context, `${status.state}: ${status.description}`);
  };
  const statuses: Statuses = {
    postToCommit: (_commit, status) => post(status.context.name, status),
    postToPullRequest: (number, status) => post(`#${number} ${status.context.name}`, status),
  };
  const opened = { statuses, key: '' } as unknown as ReturnType<
    Parameters<typeof makeStatusEffect>[0]['repositories']['open']
  >;
  const worker = () => {
    const ownRows = newRows();
    const tableStore = makeTableStore(ownRows);
    const ownStore = {
      ...tableStore,
      find: (key: Parameters<typeof tableStore.find>[0]) => {
        reads.count += 1;
        return tableStore.find(key);
      },
    };
    const step = makeStatusEffect({
      index: makeDeploymentIndex(ownRows),
      store: ownStore,
      posted: makePostedStore(ownRows),
      findEnvironment: async (of) => (hooks.isRemoved?.() === true ? undefined : findEnvironment(of)),
      repositories: { open: () => opened },
      buildTags: { setTag: hooks.setTag ?? (() => Promise.resolve()) },
      lastResult: () => Promise.resolve(undefined),
    });
    return (...updates: readonly TagUpdate[]): Promise<void> =>
      runEffects(updates, (_level, event) => events.push(event), { store: ownStore, effects: [step] });
  };
  const record = (of: TagUpdate, state: DeploymentState, details: Partial<Deployment> = {}): Promise<void> =>
    store.update(of, (current) => ({
      ...moveTo(current ?? queued(of, '', new Date()), state, {}, new Date()),
      ...details,
    }));
  return { store, shown, posts, events, reads, worker, record };
}

const trusted = (id: number): NonNullable<Deployment['build']> => ({
  collection: 'https://dev.azure.com/fabrikam',
  project: 'shop',
  id,
  number: '1',
  url: 'https://dev.azure.com/fabrikam/shop/_build/results?buildId=1',
  definition: { id: 1, name: 'shop' },
  repository: 'https://dev.azure.com/fabrikam/shop/_git/api',
  sourceBranch: 'refs/heads/main',
  sourceVersion: commit,
  reason: 'manual',
  trusted: true,
});
const buildId = (): number => Number.parseInt(commit.slice(0, 7), 16) + 1;

test('a tag that has taken the place of another in its pull request speaks there alone', async () => {
  const { record, worker, shown } = bench();
  const number = buildId();
  const pullRequest = { number, url: `https://dev.azure.com/fabrikam/platform/_git/gitops/pullrequest/${number}` };
  const [older, newer] = [update('cart', '2', 'prod'), update('cart', '3', 'prod')];
  await record(older, 'superseded', { pullRequest, supersededBy: '3' });
  await record(newer, 'pull-request', { pullRequest });
  const follow = worker();
  await follow(newer);
  await follow(older);
  expect([...shown.values()]).toEqual([`pending: 3 waits for the merge of pull request ${number}`]);
});

test('what was dropped from its pull request for another reason is not shown as waiting', async () => {
  const { record, worker, shown } = bench();
  const number = buildId();
  const cart = update('cart', '2', 'prod');
  await record(cart, 'superseded', { pullRequest: { number, url: '' }, supersededBy: '9', reason: 'the file holds 9' });
  await worker()(cart);
  expect([...shown.values()]).toEqual(['notApplicable: 2 was superseded: the file holds 9']);
});

test('a status that is refused for itself holds up no other, and is not tried again', async () => {
  const { record, worker, shown, events, posts } = bench({
    post: (context) =>
      context.includes('/argocd/b-') ? Promise.reject(new Failure('status-refused', 'no')) : Promise.resolve(),
  });
  const all = ['a', 'b', 'c'].map((name) => update(name, '2'));
  for (const one of all) await record(one, 'committed', { commit });
  await worker()(...all);
  expect([...shown.keys()].map((name) => name.slice(0, 12)).toSorted()).toEqual(['dev/argocd/a', 'dev/argocd/c']);
  expect(events.filter((event) => event === 'not-reported')).toHaveLength(1);
  await worker()(...all);
  expect(posts).toHaveLength(3);
});

test('a commit that is gone is not asked for again by each of its hundred statuses', async () => {
  const { record, worker, posts } = bench({
    post: () => Promise.reject(new Failure('commit-not-found', 'gone')),
  });
  const all = Array.from({ length: 40 }, (_, index) => update(`s${index}`, '2'));
  await Promise.all(all.map((one) => record(one, 'committed', { commit })));
  await worker()(...all);
  expect(posts.length).toBeLessThan(40);
});

test('a commit of a hundred is read as a whole once; who comes alone reads those that share its context', async () => {
  const { record, worker, reads, posts } = bench();
  const all = Array.from({ length: 100 }, (_, index) => update(`s${index}`, '2'));
  await Promise.all(all.map((one) => record(one, 'committed', applications(one))));
  const follow = worker();
  await follow(...all);
  expect(posts).toHaveLength(100);
  reads.count = 0;
  const [one] = all;
  if (!one) throw new Error('there are a hundred');
  await record(one, 'rolled-back', applications(one));
  await follow(one);
  expect(posts).toHaveLength(101);
  // Its own: lists read no records.
  expect(reads.count).toBe(1);
});

test('a tag whose opposite could not be taken away is taken away by the next try', async () => {
  let failing: FailureCode | undefined;
  const changes: (string | undefined)[] = [];
  const { record, worker } = bench({
    setTag: (_build, { remove }) => {
      changes.push(remove);
      return failing ? Promise.reject(new Failure(failing, 'no')) : Promise.resolve();
    },
  });
  const cart = update('cart', '2', 'prod');
  await record(cart, 'rejected', { build: trusted(buildId()) });
  const follow = worker();
  await follow(cart);
  failing = 'service-unavailable';
  await record(cart, 'committed', { build: trusted(buildId()), commit });
  await expect(follow(cart)).rejects.toMatchObject({ code: failing });
  failing = undefined;
  await follow(cart);
  expect(changes).toEqual([undefined, 'prod-failed', 'prod-failed']);
});

test('what is only observed makes no commit wait', async () => {
  const { record, worker, shown } = bench();
  const cart = update('cart', '2', 'trial');
  await record(cart, 'queued', { build: trusted(buildId()), source: { commit }, changes: 'image.tag' });
  await worker()(cart);
  expect([...shown.keys()]).toEqual([]);
});

test('each is shown though more share its commit than are read together', async () => {
  const { record, worker, posts } = bench();
  const build = trusted(buildId());
  const cart = update('cart', '2');
  // Its labels name another commit than its build: no index leads to it.
  await record(cart, 'committed', { commit, build, source: { commit: 'f'.repeat(40) } });
  await worker()(cart);
  // On the GitOps commit, and on the commit that it was built from.
  expect(posts).toHaveLength(2);
});

test('a status of one process that arrives after that of another is put right when its answer is lost', async () => {
  const held: { release?: () => void } = {};
  let isFirst = true;
  const late = bench({
    post: async (context) => {
      if (!isFirst) return;
      isFirst = false;
      await new Promise<void>((resolve) => {
        held.release = resolve;
      });
      // It has arrived, and nobody hears of that.
      late.shown.set(context, 'pending: late');
      throw new Failure('answer-lost', 'no answer');
    },
  });
  const cart = update('cart', '2');
  await late.record(cart, 'committed', { commit });
  const [slow, fast] = [late.worker(), late.worker()];
  const slowly = slow(cart);
  while (!held.release) await new Promise((resolve) => setTimeout(resolve, 5));
  await late.record(cart, 'rolled-back', { commit });
  await fast(cart);
  held.release();
  await expect(slowly).rejects.toMatchObject({ code: 'answer-lost' });
  // Its message comes back.
  await slow(cart);
  expect([...late.shown.values()]).toEqual(['failed: 2 was rolled back']);
});

test('what was shown before its route was removed is brought to its end, and nothing else is shown', async () => {
  let isRemoved = false;
  const { record, worker, shown, posts } = bench({ isRemoved: () => isRemoved });
  const [cart, search] = [update('cart', '2', 'prod'), update('search', '2', 'prod')];
  const details = { build: trusted(buildId()), source: { commit } };
  await record(cart, 'queued', details);
  const follow = worker();
  await follow(cart);
  expect([...shown.values()]).toEqual(['pending: 2 waits to be committed']);
  isRemoved = true;
  const ending = { ...details, reason: 'no route takes it any more', repository: 'https://dev.azure.com/f/p/_git/g' };
  await record(cart, 'rejected', ending);
  await follow(cart);
  expect([...shown.values()]).toEqual(['failed: 2 was rejected: no route takes it any more']);
  const other = trusted(buildId() + 1);
  await record(search, 'rejected', { ...ending, build: { ...other, sourceVersion: 'e'.repeat(40) } });
  await follow(search);
  expect(posts).toHaveLength(2);
});

test('a replay speaks for what it repeats', async () => {
  const tags: string[] = [];
  const { record, worker, shown } = bench({
    setTag: (_build, { add }) => {
      tags.push(add);
      return Promise.resolve();
    },
  });
  const cart = update('cart', '2', 'prod');
  const again = replayOf(cart, 1);
  const details = { build: trusted(buildId()), source: { commit } };
  await record(cart, 'rejected', details);
  const follow = worker();
  await follow(cart);
  await record(again, 'committed', { ...details, commit: 'd'.repeat(40) });
  await follow(again);
  await record(cart, 'rejected', details);
  await follow(cart);
  expect([...shown.values()]).toEqual(['succeeded: 2 is committed']);
  expect(tags).toEqual(['prod-failed', 'prod-healthy']);
});
