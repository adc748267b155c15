import { expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { rollbackId } from '../../../src/lib/model/tag-update.ts';
import { formatTrailer } from '../../../src/lib/model/trailers.ts';
import { azureHost } from '../../support/pull-requests/azure-host.ts';
import { commitFiles, fileAtTip } from '../../support/platform.ts';
import {
  deployed,
  failedAt,
  file,
  recordOf,
  refusalOf,
  rollbackRecord,
  routesFor,
  values,
} from '../../support/rollback-scene.ts';

const target = 'https://dev.azure.com/contoso/platform/_git/gitops#main';
const source = 'tagrelay-rollback/api/dev';
const sourceKey = `https://dev.azure.com/contoso/platform/_git/gitops#${source}`;

/** The worker that makes the rollback of 3 dies after its push. */
async function killed(routes = routesFor()) {
  const bench = await deployed({ routes });
  await bench.report(failedAt(bench.three, 61));
  bench.life.dies = true;
  await expect(bench.pass(7)).rejects.toThrow('killed');
  Object.assign(bench.life, { dies: false, isDead: false });
  const { id, route, environment } = bench.update3;
  const context = { log: () => undefined, isSuspect: false, isWaiting: false };
  const repeat = () => bench.handler.run({ id, route, environment }, context);
  return { ...bench, repeat };
}

test('[rbrepair] whoever resolves the push intent records the deployment as rolled back', async () => {
  const bench = await killed();
  const commit = await bench.tip();
  expect(await fileAtTip(bench.bare, file)).toBe(values('2'));
  expect(await recordOf(bench, bench.update3)).toMatchObject({ state: 'failed' });
  await commitFiles(bench.bare, { 'note.md': 'x' }, 'a note');
  expect(await bench.apply(bench.update('api', '2'))).toMatchObject({ kind: 'done-before' });
  expect(await recordOf(bench, bench.update3)).toMatchObject({ state: 'rolled-back' });
  expect(await rollbackRecord(bench, bench.update3)).toMatchObject({ state: 'committed', commit });
});

test('[rbrepair] the job that comes again makes no second commit', async () => {
  const bench = await killed();
  const commit = await bench.tip();
  await bench.repeat();
  expect(await bench.tip()).toBe(commit);
  expect(await recordOf(bench, bench.update3)).toMatchObject({ state: 'rolled-back' });
  expect((await recordOf(bench, bench.update3))?.recovery).toBeUndefined();
});

test('[rbrepair] without its push intent, the commit is found by the id in its trailer', async () => {
  const bench = await killed();
  const commit = await bench.tip();
  for (const intent of await bench.store.intents(target)) await bench.store.removeIntent(intent);
  await bench.store.remove({ ...bench.update3, id: rollbackId(bench.update3.id) });
  await commitFiles(bench.bare, { 'note.md': 'x' }, 'a note');
  await bench.repeat();
  expect(await recordOf(bench, bench.update3)).toMatchObject({ state: 'rolled-back' });
  expect(await rollbackRecord(bench, bench.update3)).toMatchObject({ state: 'committed', commit });
});

test('after lost storage, Git gives back that the deployment was rolled back', async () => {
  const bench = await deployed();
  await bench.report(failedAt(bench.three, 61));
  await bench.pass(7);
  const commit = await bench.tip();
  while ((await bench.rows.removeUnchanged('', new Date(Date.now() + 60_000), 1_000)) > 0);
  expect(await bench.apply(bench.update3)).toMatchObject({ kind: 'done-before', state: 'rolled-back' });
  expect(await rollbackRecord(bench, bench.update3)).toMatchObject({ state: 'committed', commit });
  expect(await bench.store.findMark({ route: 'api', environment: 'dev' })).toMatchObject({ tag: '3' });
  expect(await bench.tip()).toBe(commit);
});

test('a forged trailer of a rollback is not taken for one', async () => {
  const bench = await deployed();
  await bench.report(failedAt(bench.three, 61));
  const { id, route, environment } = bench.update3;
  const trailer = { route, environment, id: rollbackId(id), cause: 'rollback', of: id, previous: '3' };
  const image = 'contoso.azurecr.io/api:5';
  const message = `deploy(api): dev\n\n${formatTrailer({ ...trailer, image })}`;
  // The commit sets another value than the trailer names.
  await commitFiles(bench.bare, { [file]: values('6') }, message);
  await bench.pass(7);
  expect(await refusalOf(bench, bench.update3)).toBe('the files hold another value by now');
  expect(await recordOf(bench, bench.update3)).toMatchObject({ state: 'failed' });
});

test('[rbrepair] a branch that proposes a rollback is known by the trailer of its commit', async () => {
  const bench = await killed(routesFor().replace('onFailure: revert', 'onFailure: propose'));
  const head = () => git(['rev-parse', source], bench.bare);
  const before = await head();
  await bench.store.updateSourceBranch(sourceKey, () => 'cleared');
  await bench.store.remove({ ...bench.update3, id: rollbackId(bench.update3.id) });
  await bench.repeat();
  const { all } = await azureHost(bench.devops, []);
  expect(await all()).toHaveLength(1);
  expect(await head()).toBe(before);
  expect(await recordOf(bench, bench.update3)).toMatchObject({
    recovery: 'the rollback was proposed as pull request 1',
  });
});

test("[putby] a copy of the deployment's own commit is a person's hand", async () => {
  const bench = await deployed();
  await bench.report(failedAt(bench.three, 61));
  const message = await git(['log', '-1', '--format=%B', bench.three], bench.bare);
  await commitFiles(bench.bare, { [file]: values('2') }, 'Revert');
  await commitFiles(bench.bare, { [file]: values('3') }, message);
  await bench.pass(7);
  expect(await refusalOf(bench, bench.update3)).toMatch(/put the value there, and not this deployment/);
});

test('[markstays] the tag does not come again by a late, doubled or lost event; a newer tag does', async () => {
  const bench = await deployed();
  await bench.report(failedAt(bench.three, 61));
  await bench.pass(7);
  expect(await bench.store.findMark({ route: 'api', environment: 'dev' })).toMatchObject({ tag: '3' });
  expect(await bench.apply(bench.update3)).toMatchObject({ kind: 'done-before', state: 'rolled-back' });
  await bench.store.remove(bench.update3);
  expect(await bench.apply(bench.update3)).toMatchObject({ kind: 'superseded', by: '3' });
  expect(await fileAtTip(bench.bare, file)).toBe(values('2'));
  expect(await bench.apply(bench.update('api', '4'))).toMatchObject({ kind: 'committed' });
});
