import { expect, test } from 'vitest';
import { makeNamedEnvironments } from '../../../../src/lib/delivery/restore/named-environments.ts';
import { makeTableStore } from '../../../../src/lib/deployments/table-store.ts';
import { Failure } from '../../../../src/lib/model/failure.ts';
import type { GitOpsRepository } from '../../../../src/lib/git/repository.ts';
import { formatTrailer } from '../../../../src/lib/model/trailers.ts';
import { makeTableRows } from '../../../../src/lib/storage/table-rows.ts';
import { deliveryBench } from '../../../support/delivery.ts';
import { MemoryGit } from '../../../support/memory/memory-git.ts';
import { makeMemoryRepository } from '../../../support/memory/memory-repository.ts';
import { commitCount, commitFiles, fileAtTip } from '../../../support/platform.ts';

const services = Array.from({ length: 12 }, (_, index) => `s${index}`);
const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;

const compare = (a: string, b: string): number => (a < b ? -1 : 1);

async function bench() {
  const made = await deliveryBench({
    routes,
    files: Object.fromEntries(services.map((service) => [`${service}.yaml`, values('1')])),
  });
  const searches = () => made.devops.requests.filter(({ resource }) => resource === 'commits').length;
  return {
    ...made,
    /** Requests to the history of the repository that some work needs. */
    searchesOf: async (work: () => Promise<unknown>): Promise<number> => {
      const before = searches();
      await work();
      return searches() - before;
    },
    emptyStorage: async () => {
      const rows = makeTableRows({ AzureWebJobsStorage: made.connectionString });
      while ((await rows.removeUnchanged('', new Date(Date.now() + 60_000), 1_000)) > 0);
      return makeTableStore(makeTableRows({ AzureWebJobsStorage: made.connectionString }));
    },
  };
}

test('new environments of one commit share one search of the history', async () => {
  const { worker, update, searchesOf } = await bench();
  const apply = worker();
  const all = (tag: string, some = services) => Promise.all(some.map((service) => apply(update(service, tag))));
  expect(await searchesOf(() => all('2', services.slice(0, 10)))).toBe(1);
  // A few environments are searched by their files.
  expect(await searchesOf(() => all('2', services.slice(10)))).toBe(2);
  expect(await searchesOf(() => all('3'))).toBe(0);
});

test('after storage was lost, environments that the history names get their marks back, and the others are written', async () => {
  const { bare, worker, update, emptyStorage } = await bench();
  const before = services.slice(0, 6);
  const first = worker();
  await Promise.all(before.map((service) => first(update(service, '5'))));
  await Promise.all(before.slice(0, 2).map((service) => first(update(service, '6'))));
  const reverted = Object.fromEntries(before.map((service) => [`${service}.yaml`, values('1')]));
  await commitFiles(bare, reverted, 'Back to 1');
  const commits = await commitCount(bare);

  const store = await emptyStorage();
  const apply = worker({ store });
  const outcomes = await Promise.all(services.map((service) => apply(update(service, '4'))));
  expect(outcomes.map((outcome) => ('by' in outcome ? outcome.by : outcome.kind))).toEqual([
    '6',
    '6',
    ...Array(4).fill('5'),
    ...Array(6).fill('committed'),
  ]);
  expect(await commitCount(bare)).toBe(commits + 1);
  expect(await fileAtTip(bare, 's0.yaml')).toBe(values('1'));
  expect(await store.findMark({ route: 's0', environment: 'dev' })).toMatchObject({ tag: '6' });
});

test('a failure of the shared search, or of one environment, holds up no other', async () => {
  const { worker, update, store, devops } = await bench();
  devops.faults.add({ match: { resource: 'commits' }, times: 1, action: { kind: 'permission-denied' } });
  const apply = worker({
    store: {
      ...store,
      isMarkKnown: (key) =>
        key.route === 's1'
          ? Promise.reject(new Failure('storage-unavailable', 'The storage does not answer.'))
          : store.isMarkKnown(key),
    },
  });
  const outcomes = await Promise.all(services.map((service) => apply(update(service, '2'))));
  expect(outcomes.map(({ kind }) => kind)).toEqual(services.map((name) => (name === 's1' ? 'failed' : 'committed')));
});

function message(subject: string, route?: string): string {
  if (route === undefined) return subject;
  return `${subject}\n\n${formatTrailer({ route, environment: 'dev', id: 'a'.repeat(32), image: 'c.io/a:1' })}`;
}

function history() {
  const git = new MemoryGit();
  const repository = makeMemoryRepository(git);
  const read: string[] = [];
  let listed = 0;
  const counted: GitOpsRepository = {
    ...repository,
    async *history(...parameters) {
      listed += 1;
      for await (const commit of repository.history(...parameters)) {
        read.push(commit.commit);
        yield commit;
      }
    },
  };
  let commits = 0;
  const commit = (subject: string, route?: string, branch = 'main') =>
    git.commitOn(branch, { 'a.yaml': String((commits += 1)) }, message(subject, route)).id;
  const named = makeNamedEnvironments();
  return {
    git,
    read,
    listed: () => listed,
    commit,
    namedAt: async (tip: string) => {
      const found = await named({ tip: { branch: 'main', commit: tip }, repository: counted }, 'gitops main');
      return found && [...found].map((key) => key.split('\n', 1).join('')).toSorted(compare);
    },
  };
}

test('each message is read once', async () => {
  const { read, commit, namedAt } = history();
  commit('first');
  const [one, two] = [commit('deploy: 1 image updates', 'a'), commit('docs')];
  expect(await namedAt(two)).toEqual(['a']);
  const three = commit('deploy(b): dev 1', 'b');
  expect(await namedAt(three)).toEqual(['a', 'b']);
  expect(await namedAt(three)).toEqual(['a', 'b']);
  expect(read).toEqual([one, three]);
});

test('what a branch that was replaced has lost is not named any more', async () => {
  const { git, commit, namedAt } = history();
  const base = commit('first');
  expect(await namedAt(commit('deploy(a): dev 1', 'a'))).toEqual(['a']);
  git.branches.set('main', base);
  expect(await namedAt(commit('deploy(b): dev 1', 'b'))).toEqual(['b']);
});

test('both sides of a merge count: one that was reverted before, and one that is older than what was read', async () => {
  const { git, commit, namedAt } = history();
  const base = commit('first');
  const { tree } = git.commit(base);
  const add = (parents: readonly string[], subject: string, route?: string) =>
    git.add({ parents, tree, message: message(subject, route), author: 'A person' }).id;
  const side = add([base], 'deploy(side): dev 1', 'side');
  const deployed = git.commitOn('main', { 'a.yaml': 'deployed' }, message('deploy(main): dev 1', 'main')).id;
  const reverted = add([deployed], 'Revert');
  expect(await namedAt(reverted)).toEqual(['main']);
  // Its tree is that of both parents.
  expect(await namedAt(add([reverted, side], 'Merge side'))).toEqual(['main', 'side']);
  expect(await namedAt(add([side, reverted], 'Merge main'))).toEqual(['main', 'side']);
});

test.each([
  ['has 1,000 commits', 1_000, 'docs'],
  ['has more commits of updates than are read', 33, 'deploy(a): dev 1'],
])('a history that %s answers nothing, and is not listed again', async (_name, count, subject) => {
  const { listed, commit, namedAt } = history();
  let tip = '';
  for (let index = 0; index < count; index += 1) tip = commit(subject);
  expect(await namedAt(tip)).toBeUndefined();
  expect(await namedAt(commit('docs'))).toBeUndefined();
  expect(listed()).toBe(1);
});
