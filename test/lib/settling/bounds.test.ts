import { expect, test } from 'vitest';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import { commitFiles } from '../../support/platform.ts';
import { gitops, healthyAt, settlingBench } from '../../support/settling.ts';

const names = Array.from({ length: 110 }, (_, index) => `s${index}`);
const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric }, application: argocd/shop-dev } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: all.yaml, helm: { tag: '{service}.tag' } }]
    environments: [dev]
`;
const tagsOf = (tag: string) => names.map((name) => `${name}: { tag: "${tag}" }\n`).join('');
const files = { 'all.yaml': tagsOf('1') };

/** 110 deployments of one commit, and another commit on top. */
async function manyBench() {
  const bench = await settlingBench({ routes, files });
  const { bare, tip, update, store, now, work } = bench;
  await commitFiles(bare, { 'all.yaml': tagsOf('2') }, 'deploy: 110 image updates');
  const details = { commit: await tip(), applications: ['argocd/shop-dev'] };
  await commitFiles(bare, { 'README.md': 'by hand' }, 'a person');
  const updates = names.map((name) => update(name, '2'));
  await Promise.all(
    updates.map((one) => store.update(one, () => moveTo(queued(one, gitops, now()), 'committed', details, now()))),
  );
  await work();
  return { ...bench, updates };
}

test('a result settles any number of deployments, 100 in a job, and asks the Git host once', async () => {
  const { updates, hear, stateOf, tip, devops, waiting, settling } = await manyBench();
  const before = devops.requests.length;
  const jobs: unknown[] = [];
  const { send } = settling;
  Object.assign(settling, {
    send: (...args: Parameters<typeof send>) => {
      if (args[0].kind === 'sync-result') jobs.push(args[0].body);
      return send(...args);
    },
  });
  await hear(healthyAt(await tip(), 1, { images: names.map((name) => `contoso.azurecr.io/${name}:2`) }));
  expect(new Set(await Promise.all(updates.map(stateOf)))).toEqual(new Set(['healthy']));
  expect(jobs).toEqual([expect.objectContaining({ after: expect.any(String) })]);
  // Where the commit lies, and what the file holds.
  expect(
    devops.requests
      .slice(before)
      .flatMap(({ resource }) => resource ?? [])
      .toSorted(),
  ).toEqual(['items', 'mergeBases']);
  expect(waiting).toEqual([]);
  expect(await settling.results.open('argocd/shop-dev', { limit: 10 })).toEqual([]);
});

test('one that cannot be looked at now holds up none behind it', async () => {
  const { updates, hear, stateOf, tip, settling, work } = await manyBench();
  const [first] = (await settling.results.open('argocd/shop-dev', { limit: 1 })).map(
    ({ deployment }) => deployment.update.id,
  );
  const { findEnvironment } = settling;
  settling.findEnvironment = (one) => {
    if (one.id === first) throw new Failure('service-unavailable', 'the Git host does not answer');
    return findEnvironment(one);
  };
  await expect(hear(healthyAt(await tip(), 1))).rejects.toMatchObject({ code: 'service-unavailable' });
  await work();
  const states = new Map(await Promise.all(updates.map(async (one) => [one.id, await stateOf(one)] as const)));
  expect([...states].filter(([, state]) => state !== 'healthy')).toEqual([[first, 'committed']]);
});

test('what is settled for good is listed no more, and what may still change is', async () => {
  const { deploy, hear, settling, clock, tip } = await settlingBench({ routes, files });
  const open = async () =>
    (await settling.results.open('argocd/shop-dev', { limit: 10 })).map(({ deployment }) => deployment.update.id);
  const first = await deploy('s1', '2');
  const second = await deploy('s1', '3');
  const third = await deploy('s2', '2');
  expect(await open()).toEqual([third.id, second.id, first.id].toSorted((a, b) => (a < b ? -1 : 1)));
  const images = ['contoso.azurecr.io/s1:3', 'contoso.azurecr.io/s2:2'];
  await hear(healthyAt(await tip(), 1, { images }));
  expect(await open()).toEqual([first.id]);
  clock.minute += 26 * 60;
  await hear(healthyAt(await tip(), 1, { images, reconciledAt: 60 }));
  expect(await open()).toEqual([]);
});

test('what was superseded costs the Git host nothing more, however many results follow', async () => {
  const { deploy, hear, tip, devops, bare, stateOf } = await settlingBench({ routes, files });
  const deployed = [];
  for (const tag of ['2', '3', '4', '5', '6']) deployed.push(await deploy('s1', tag));
  const images = ['contoso.azurecr.io/s1:6'];
  await hear(healthyAt(await tip(), 1, { images }));
  const states = ['superseded', 'superseded', 'superseded', 'superseded', 'healthy'];
  expect(await Promise.all(deployed.map(stateOf))).toEqual(states);
  await commitFiles(bare, { 'README.md': 'by hand' }, 'a person');
  const before = devops.requests.length;
  await hear(healthyAt(await tip(), 4, { images }));
  // The file, once for all of them.
  expect(devops.requests.slice(before).flatMap(({ resource }) => resource ?? [])).toEqual(['items']);
  expect(await Promise.all(deployed.map(stateOf))).toEqual(states);
});
