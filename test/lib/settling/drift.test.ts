import { expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { makeAuditStore } from '../../../src/lib/audit/audit-store.ts';
import { noteDrift } from '../../../src/lib/delivery/drift/note-drift.ts';
import { makeWatchTip } from '../../../src/lib/delivery/drift/watch-tip.ts';
import { makeDeploymentIndex } from '../../../src/lib/deployments/deployment-index.ts';
import { findDeployed } from '../../../src/lib/deployments/find-deployed.ts';
import { listEnvironments } from '../../../src/lib/deployments/list-environments.ts';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import { gitops, healthyAt, settlingBench } from '../../support/settling.ts';
import { commitFiles } from '../../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric }, application: argocd/shop-dev } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;
const runs = (tag: string) => ({ images: [`contoso.azurecr.io/api:${tag}`] });

/** `api` is healthy with the tag 2. */
async function healthyBench() {
  const bench = await settlingBench({ routes, files: { 'api.yaml': values('1') } });
  const deployed = await bench.deploy('api', '2');
  await bench.hear(healthyAt(deployed.commit, 60, runs('2')));
  expect(await bench.stateOf(deployed)).toBe('healthy');
  const { rows, tip, bare } = bench;
  const audit = makeAuditStore(rows);
  return {
    ...bench,
    deployed,
    commits: async () => {
      const range = { from: new Date('2026-01-01'), to: new Date('2099-01-01'), limit: 100 };
      return (await audit.list({}, range)).entries.filter((entry) => entry.kind === 'act');
    },
    cell: async () => (await listEnvironments(rows)).environments[0]?.deployed,
    edit: async (tag: string, message: string) => {
      await commitFiles(bare, { 'api.yaml': values(tag) }, message);
      return tip();
    },
    author: async () => (await git(['show', '-s', '--format=%an', 'main'], bare)).trim(),
  };
}

test('an edit by a person after Healthy is in the cell with its author, and in the audit; a revert ends it', async () => {
  const { deployed, hear, edit, cell, commits, author, devops, stateOf } = await healthyBench();
  const commit = await edit('1', 'go back to 1\n\nBecause of errors.');
  const result = healthyAt(commit, 70, runs('1'));
  await hear(result);
  const drift = { value: '1', commit, author: await author(), since: expect.any(String) };
  expect(await cell()).toMatchObject({ id: deployed.id, state: 'healthy', tag: '2', drift });
  expect(await commits()).toEqual([
    {
      kind: 'act',
      act: 'commit',
      at: expect.any(String),
      route: 'api',
      environment: 'dev',
      deployment: deployed.id,
      tag: '1',
      actor: await author(),
      by: 'commit',
      commit,
      reason: 'go back to 1',
    },
  ]);

  const before = devops.requests.length;
  await hear(result);
  expect(devops.requests.length).toBe(before);
  expect(await commits()).toHaveLength(1);

  await hear(healthyAt(await edit('2', 'forward again'), 80, runs('2')));
  expect(await cell()).not.toHaveProperty('drift');
  expect(await stateOf(deployed)).toBe('healthy');
});

test('a person supersedes a deployment that was not healthy yet; the next deployment has no drift', async () => {
  const { deploy, hear, edit, cell, stateOf, tip, clock } = await healthyBench();
  clock.minute = 65;
  const waits = await deploy('api', '3');
  // Without images: the superseded deployment is the only sign.
  await hear(healthyAt(await edit('2', 'not 3'), 70));
  expect(await stateOf(waits)).toBe('superseded');
  expect(await cell()).toMatchObject({ tag: '3', state: 'superseded', drift: { value: '2', commit: await tip() } });
  clock.minute = 75;
  await hear(healthyAt((await deploy('api', '4')).commit, 80, runs('4')));
  expect(await cell()).toMatchObject({ tag: '4', state: 'healthy' });
  expect(await cell()).not.toHaveProperty('drift');
});

test('deployments that replace each other are no drift, and cost no more questions', async () => {
  const { deploy, hear, cell, commits, events, clock } = await healthyBench();
  clock.minute = 65;
  const third = await deploy('api', '3');
  clock.minute = 66;
  const fourth = await deploy('api', '4');
  // The live images lag behind.
  await hear(healthyAt(third.commit, 70, runs('2')));
  await hear(healthyAt(fourth.commit, 80, runs('4')));
  expect(await cell()).toMatchObject({ tag: '4', state: 'healthy' });
  expect(await cell()).not.toHaveProperty('drift');
  expect(await commits()).toEqual([]);
  expect(events).not.toContain('drift-not-read');
});

test('a commit of tagrelay, and one that a record names, are no drift, though another deployment is compared', async () => {
  const { deploy, deployed, edit, cell, commits, store, rows, findEnvironment, openRepositories, update, now, clock } =
    await healthyBench();
  const environment = await findEnvironment(deployed);
  const record = await store.find(deployed);
  if (!environment || !record) throw new Error('the route has the environment, and the store the record');
  const { repository } = openRepositories().open(gitops);
  const deps = { store, index: makeDeploymentIndex(rows), audit: makeAuditStore(rows), findEnvironment, now };
  const compare = (revision: string) => noteDrift(record, { environment, revision, repository }, deps);
  clock.minute = 65;
  await compare((await deploy('api', '3')).commit);
  expect(await store.find(deployed)).not.toHaveProperty('drift');

  // As a pull request that was merged with another message.
  const [merged, commit] = [update('api', '4'), await edit('4', 'squashed')];
  await store.update(merged, () => moveTo(queued(merged, gitops, now()), 'committed', { commit }, now()));
  await compare(commit);
  expect(await store.find(deployed)).not.toHaveProperty('drift');
  expect(await commits()).toEqual([]);

  await compare(await edit('5', 'by hand'));
  expect(await store.find(deployed)).toMatchObject({ drift: { value: '5' } });
  expect(await cell()).not.toHaveProperty('drift');
});

test('a file without the value is drift too', async () => {
  const { hear, bare, tip, cell } = await healthyBench();
  await commitFiles(bare, { 'api.yaml': 'replicas: 2\n' }, 'no image here');
  await hear(healthyAt(await tip(), 70, { images: ['contoso.azurecr.io/api:9'] }));
  expect(await cell()).toMatchObject({ drift: { value: '', commit: await tip() } });
});

test('a plan that finds the file overwritten notes it, without a result of Argo CD', async () => {
  const { edit, cell, worker, store, rows, findEnvironment, now, update, author } = await healthyBench();
  const commit = await edit('1', 'back');
  const events: string[] = [];
  const watchTip = makeWatchTip({
    store,
    index: makeDeploymentIndex(rows),
    audit: makeAuditStore(rows),
    findEnvironment,
    findDeployed: (key) => findDeployed(rows, key),
    now,
    log: (_level, event) => void events.push(event),
  });
  const apply = worker({ store, now, watchTip });
  const late = update('api', '1', '2026-11-20T09:00:00.000Z');
  expect((await apply({ ...late, image: { ...late.image, tag: '0' } })).kind).toBe('superseded');
  expect(events).toEqual([]);
  expect(await cell()).toMatchObject({ tag: '2', drift: { value: '1', commit, author: await author() } });
});
