import { describe, expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import type { BranchPolicy } from '../../../local/devops/pull-requests/policy.ts';
import { rollbackId } from '../../../src/lib/model/tag-update.ts';
import { parseTrailers } from '../../../src/lib/model/trailers.ts';
import { eventually } from '../../support/eventually.ts';
import { azureHost } from '../../support/pull-requests/azure-host.ts';
import type { SeenPullRequest } from '../../support/pull-requests/host.ts';
import { commitFiles, fileAtTip } from '../../support/platform.ts';
import {
  deployed,
  failedAt,
  file,
  recordOf,
  rollbackRecord,
  routesFor,
  start,
  values,
} from '../../support/rollback-scene.ts';
import { healthyAt } from '../../support/settling.ts';

const proposing = routesFor().replace('onFailure: revert', 'onFailure: propose');
const source = 'tagrelay-rollback/api/dev';

/** 3 has failed, and its rollback is due. */
async function failed(options: Parameters<typeof deployed>[0] = {}, prepare?: () => void) {
  const bench = await deployed(options);
  await bench.report(failedAt(bench.three, 61));
  prepare?.();
  await bench.pass(7);
  const host = await azureHost(bench.devops, []);
  const atSource = () => git(['show', `${source}:${file}`], bench.bare);
  /** Waits for a state of the pull request, which the host reaches behind its answers. */
  const until = (expected: Partial<SeenPullRequest>) =>
    eventually(async () => expect(await host.get(1)).toMatchObject(expected));
  return { ...bench, ...host, atSource, until };
}

/** A registry that has the images, with these labels. */
const labelled = (labels: Readonly<Record<string, string>>) => ({
  inspect: () =>
    Promise.resolve({ digest: `sha256:${'a'.repeat(64)}`, kind: 'image' as const, labels, annotations: {} }),
});

describe('onFailure: propose', () => {
  test('opens a pull request of its own; the deployment is rolled back when it is merged', async () => {
    const bench = await failed({ routes: proposing });
    expect(await fileAtTip(bench.bare, file)).toBe(values('3'));
    expect(await bench.atSource()).toBe(values('2'));
    const [proposal] = await bench.all();
    if (!proposal) throw new Error('nothing is proposed');
    expect(await recordOf(bench, bench.update3)).toMatchObject({
      state: 'failed',
      recovery: `the rollback was proposed as pull request ${proposal.number}`,
    });
    expect(await rollbackRecord(bench, bench.update3)).toMatchObject({ state: 'pull-request' });
    await bench.complete(proposal.number);
    await bench.poll({ store: bench.store, now: bench.now });
    expect(await fileAtTip(bench.bare, file)).toBe(values('2'));
    expect(await recordOf(bench, bench.update3)).toMatchObject({ state: 'rolled-back' });
    expect(await rollbackRecord(bench, bench.update3)).toMatchObject({ state: 'committed' });
  });

  test('a newer tag in the file ends the proposal: it replaces only the value that failed', async () => {
    const bench = await failed({ routes: proposing });
    await bench.deliver(bench.update('api', '4'));
    await bench.until({ hasConflicts: true });
    await bench.poll({ store: bench.store, now: bench.now });
    expect(await rollbackRecord(bench, bench.update3)).toMatchObject({
      state: 'superseded',
      reason: 'the file holds 4 now, and this rollback replaces only 3',
    });
    await bench.until({ state: 'abandoned' });
    expect(await fileAtTip(bench.bare, file)).toBe(values('4'));
  });

  test.each([
    ['the Git host', ''],
    ['tagrelay', "windows: [{ kind: allow, schedule: '0 0 * * *', duration: 24h, timeZone: UTC }]"],
  ])('autoComplete does not complete it, where %s would', async (_who, windows) => {
    const routes = routesFor(`pullRequest: { autoComplete: true }\n    ${windows}`);
    const bench = await failed({ routes: routes.replace('onFailure: revert', 'onFailure: propose') });
    expect(await recordOf(bench, bench.update3)).toMatchObject({ recovery: expect.stringContaining('pull request 1') });
    const [row] = await bench.store.sourceBranches();
    expect(row).toMatchObject({ source, pullRequest: { number: 1 } });
    // The next try of a pull request that tagrelay completes.
    expect(row?.completion).toBeUndefined();
    expect(await bench.get(1)).toMatchObject({ state: 'active', autoCompletes: false });
    expect(await fileAtTip(bench.bare, file)).toBe(values('3'));
  });

  test('[markstays] a rollback by pull request leaves the mark, so the tag does not come again', async () => {
    const bench = await failed({ routes: proposing });
    await bench.complete(1);
    await bench.poll({ store: bench.store, now: bench.now });
    expect(await bench.store.findMark({ route: 'api', environment: 'dev' })).toMatchObject({ tag: '3' });
    expect(await bench.apply(bench.update3)).toMatchObject({ kind: 'done-before', state: 'rolled-back' });
    expect(await bench.apply({ ...bench.update3, id: '7'.repeat(32) })).toMatchObject({ kind: 'superseded', by: '3' });
    expect(await fileAtTip(bench.bare, file)).toBe(values('2'));
  });
});

test('[migration] an image with the label tagrelay.rollback=false is only proposed', async () => {
  const bench = await failed({ registry: labelled({ 'tagrelay.rollback': 'false' }) });
  expect(await fileAtTip(bench.bare, file)).toBe(values('3'));
  expect(await bench.atSource()).toBe(values('2'));
  expect(await recordOf(bench, bench.update3)).toMatchObject({
    state: 'failed',
    recovery: 'the rollback was proposed as pull request 1, because the image has the label tagrelay.rollback=false',
  });
});

test('[migration] another value of the label, or none, lets the rollback be pushed', async () => {
  const bench = await failed({ registry: labelled({ 'tagrelay.rollback': 'true' }) });
  expect(await fileAtTip(bench.bare, file)).toBe(values('2'));
  expect(await recordOf(bench, bench.update3)).toMatchObject({ state: 'rolled-back' });
});

test('[refused] a branch that takes pull requests only gets one, and both records tell why', async () => {
  const policies: BranchPolicy[] = [];
  const bench = await failed({ devops: { policies } }, () => policies.push({ branch: 'main' }));
  expect(await fileAtTip(bench.bare, file)).toBe(values('3'));
  expect(await bench.atSource()).toBe(values('2'));
  expect(await recordOf(bench, bench.update3)).toMatchObject({
    state: 'failed',
    recovery: 'the rollback was proposed as pull request 1, because the branch refused the push',
  });
  expect(await rollbackRecord(bench, bench.update3)).toMatchObject({
    state: 'pull-request',
    update: { cause: { reason: 'argocd/shop-dev: no quota; the branch refused the push (push-rejected-by-policy)' } },
  });
  await bench.complete(1);
  await bench.poll({ store: bench.store, now: bench.now });
  expect(await recordOf(bench, bench.update3)).toMatchObject({ state: 'rolled-back' });
});

test('[observe] records the commit that a rollback would make, and writes nothing', async () => {
  const routes = routesFor().replace('delivery: commit', 'delivery: observe');
  const bench = await start({ routes });
  const observe = async (tag: string) => {
    const update = bench.update('api', tag);
    expect(await bench.apply(update)).toMatchObject({ kind: 'observed' });
    await commitFiles(bench.bare, { [file]: values(tag) }, `another tool: ${tag}`);
    expect(await bench.apply(update)).toMatchObject({ kind: 'up-to-date' });
    await bench.work();
    return update;
  };
  await observe('2');
  await bench.report(healthyAt(await bench.tip(), 50));
  const three = await observe('3');
  const tip = await bench.tip();
  await bench.report(failedAt(tip, 61));
  await bench.pass(7);
  expect(await bench.tip()).toBe(tip);
  expect(await git(['branch', '--list', 'tagrelay*'], bench.bare)).toBe('');
  expect(await recordOf(bench, three)).toMatchObject({ state: 'failed' });
  expect((await recordOf(bench, three))?.recovery).toMatch(/^a rollback would write: .*2/);
  expect(await rollbackRecord(bench, three)).toMatchObject({
    state: 'queued',
    diff: expect.stringContaining('+image'),
  });
});

test('[observe] a commit that no record names stops it', async () => {
  const routes = routesFor().replace('delivery: commit', 'delivery: observe');
  const bench = await start({ routes });
  const two = bench.update('api', '2');
  await commitFiles(bench.bare, { [file]: values('2') }, 'another tool: 2');
  await bench.apply(two);
  await bench.work();
  await bench.report(healthyAt(await bench.tip(), 50));
  const three = bench.update('api', '3');
  await commitFiles(bench.bare, { [file]: values('3') }, 'another tool: 3');
  await bench.apply(three);
  await bench.work();
  await bench.report(failedAt(await bench.tip(), 61));
  await commitFiles(bench.bare, { 'apps/service.yaml': 'port: 2\n' }, 'Fix the port');
  await bench.pass(7);
  expect((await recordOf(bench, three))?.recovery).toMatch(/^not rolled back: .*\(Fix the port\) is not by tagrelay/);
});

test('the trailer of a proposed rollback names the deployment', async () => {
  const bench = await failed({ routes: proposing });
  const [trailer] = parseTrailers(await git(['log', '-1', '--format=%B', source], bench.bare));
  expect(trailer).toMatchObject({ id: rollbackId(bench.update3.id), cause: 'rollback', of: bench.update3.id });
});
