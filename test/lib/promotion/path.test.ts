import { describe, expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import { commitFiles, fileAtTip } from '../../support/platform.ts';
import { azureHost } from '../../support/pull-requests/azure-host.ts';
import { promotionBench as bench, values } from '../../support/promotion-bench.ts';

test('an image goes from dev to staging and to prod, each once it is healthy', async () => {
  const { push, becomeHealthy, work, find, bare, store } = await bench();
  const pushed = await push('dev', '2', 'b');
  await store.update(pushed, (current) => current && { ...current, source: { commit: 'c0ffee' } });
  await work();
  expect(await find('staging', '2', 'b')).toBeUndefined();
  await becomeHealthy('dev', '2', 'b');
  await work();
  expect(await fileAtTip(bare, 'staging.yaml')).toBe(values('2', 'b'));
  expect(await fileAtTip(bare, 'prod.yaml')).toBe(values('1', '1'));
  expect(await git(['log', '-1', '--format=%B', 'main'], bare)).toContain(` cause=promotion from=dev:${pushed.id}`);
  expect(await find('staging', '2', 'b')).toMatchObject({ state: 'committed', source: { commit: 'c0ffee' } });
  await becomeHealthy('staging', '2', 'b');
  await work();
  expect(await fileAtTip(bare, 'prod.yaml')).toBe(values('2', 'b'));
  expect(await find('prod', '2', 'b')).toMatchObject({ state: 'committed', source: { commit: 'c0ffee' } });
});

test('[still] an image that a person took back in the source is rejected, and [rejudge] comes once it is put back', async () => {
  const { push, becomeHealthy, work, find, bare, again, context } = await bench();
  await push('dev', '2', 'b');
  await becomeHealthyBefore();
  await work();
  const rejected = await find('staging', '2', 'b');
  expect(rejected).toMatchObject({ state: 'rejected', code: 'taken-back' });
  expect(await fileAtTip(bare, 'staging.yaml')).toBe(values('1', '1'));
  await commitFiles(bare, { 'dev.yaml': values('2', 'b') }, 'back again');
  await again.run(rejected?.update, context);
  expect(await find('staging', '2', 'b')).toMatchObject({ state: 'committed' });

  async function becomeHealthyBefore() {
    await becomeHealthy('dev', '2', 'b');
    await commitFiles(bare, { 'dev.yaml': values('1', '1') }, 'take back');
  }
});

test('[sick] while the source is degraded, the promotion waits, Argo CD is asked, and [rearm] its row is due', async () => {
  const { push, becomeHealthy, report, work, find, clock, due, again, context, now, asked } = await bench();
  await push('dev', '2', 'b');
  await becomeHealthy('dev', '2', 'b');
  clock.minute += 1;
  await report('dev', 'Degraded');
  await work();
  expect(await find('staging', '2', 'b')).toMatchObject({ state: 'queued', reason: 'dev is degraded' });
  const [row] = await due.list();
  expect(row).toMatchObject({ job: { kind: 'tag-update' }, at: new Date(now().getTime() + 10 * 60_000).toISOString() });
  // The notification of the recovery can be lost.
  expect(asked).toEqual(['argocd/api-dev']);
  clock.minute += 10;
  await report('dev', 'Healthy');
  await again.run(row?.job.body, context);
  expect(await find('staging', '2', 'b')).toMatchObject({ state: 'committed' });
  expect(asked).toHaveLength(1);
});

describe('[result] results that change no record', () => {
  test('the recovery of the source promotes', async () => {
    const { push, becomeHealthy, report, hear, work, find, clock } = await bench();
    await push('dev', '2', 'b');
    await becomeHealthy('dev', '2', 'b');
    clock.minute += 1;
    await report('dev', 'Degraded');
    await work();
    expect(await find('staging', '2', 'b')).toMatchObject({ state: 'queued', reason: 'dev is degraded' });
    clock.minute += 1;
    await hear('dev', 'Healthy');
    expect(await find('staging', '2', 'b')).toMatchObject({ state: 'committed' });
  });

  test('[rejudge] an image that a person puts back into the source is promoted', async () => {
    const { push, becomeHealthy, hear, work, find, clock, bare } = await bench();
    await push('dev', '2', 'b');
    await becomeHealthy('dev', '2', 'b');
    await commitFiles(bare, { 'dev.yaml': values('1', '1') }, 'take back');
    await work();
    expect(await find('staging', '2', 'b')).toMatchObject({ state: 'rejected', code: 'taken-back' });
    clock.minute += 1;
    await hear('dev', 'Healthy');
    expect(await find('staging', '2', 'b')).toMatchObject({ state: 'rejected', code: 'taken-back' });
    await commitFiles(bare, { 'dev.yaml': values('2', 'b') }, 'back again');
    clock.minute += 1;
    await hear('dev', 'Healthy');
    expect(await find('staging', '2', 'b')).toMatchObject({ state: 'committed' });
  });

  test('the same result is followed once', async () => {
    const { push, becomeHealthy, hear, work, find, now } = await bench();
    await push('dev', '2', 'b');
    await becomeHealthy('dev', '2', 'b');
    await work();
    const before = await find('dev', '2', 'b');
    await hear('dev', 'Healthy');
    await hear('dev', 'Healthy');
    expect(await find('dev', '2', 'b')).toEqual(before);
    expect(before?.health?.soak).toEqual({ longestMs: 0, since: now().toISOString() });
  });
});

describe('several sources', () => {
  const fanIn = `
      prod: { promoteFrom: [dev, e2e] }`;

  test('[onimage] one and the same digest has to be healthy in all', async () => {
    const { push, becomeHealthy, work, find, bare } = await bench(fanIn);
    await push('dev', '2', 'b');
    await push('e2e', '2', 'c');
    await becomeHealthy('dev', '2', 'b');
    await becomeHealthy('e2e', '2', 'c');
    await work();
    expect(await find('prod', '2', 'b')).toBeUndefined();
    expect(await find('prod', '2', 'c')).toBeUndefined();
    expect(await fileAtTip(bare, 'prod.yaml')).toBe(values('1', '1'));
  });

  test('the last source that becomes healthy promotes it', async () => {
    const { push, becomeHealthy, work, bare, find } = await bench(fanIn);
    await push('dev', '2', 'b');
    await push('e2e', '2', 'b');
    await becomeHealthy('dev', '2', 'b');
    await work();
    expect(await find('prod', '2', 'b')).toBeUndefined();
    await becomeHealthy('e2e', '2', 'b');
    await work();
    expect(await fileAtTip(bare, 'prod.yaml')).toBe(values('2', 'b'));
  });
});

describe('[soak] the image has to be healthy for a time', () => {
  const soaking = `
      staging: { promoteFrom: dev, soak: 30m }`;

  test('it waits until the soak has ended', async () => {
    const { push, becomeHealthy, work, find, clock, due, again, context, now } = await bench(soaking);
    await push('dev', '2', 'b');
    await becomeHealthy('dev', '2', 'b');
    await work();
    const until = new Date(now().getTime() + 30 * 60_000).toISOString();
    expect(await find('staging', '2', 'b')).toMatchObject({ state: 'queued', reason: `soaks in dev until ${until}` });
    const [row] = await due.list();
    expect(row?.at).toBe(until);
    clock.minute += 30;
    await again.run(row?.job.body, context);
    expect(await find('staging', '2', 'b')).toMatchObject({ state: 'committed' });
  });

  test('a newer image in the source ends it as `soak-replaced`', async () => {
    const { push, becomeHealthy, work, find, clock, due, again, context } = await bench(soaking);
    await push('dev', '2', 'b');
    await becomeHealthy('dev', '2', 'b');
    await work();
    await push('dev', '3', 'c');
    clock.minute += 30;
    const [row] = await due.list();
    await again.run(row?.job.body, context);
    expect(await find('staging', '2', 'b')).toMatchObject({ state: 'rejected', code: 'soak-replaced' });
  });
});

describe('[span] a soak is a span', () => {
  const soaking = `
      staging: { promoteFrom: dev, soak: 30m }`;

  test.for([
    [40, { state: 'committed' }],
    [20, { state: 'rejected', code: 'soak-replaced' }],
  ] as const)('a newer image replaces it after %i minutes', async ([minutes, expected]) => {
    const { push, becomeHealthy, work, find, clock, due, again, context, bare, now } = await bench(soaking);
    await push('dev', '2', 'b');
    await becomeHealthy('dev', '2', 'b');
    await work();
    const [row] = await due.list();
    const at = new Date(now().getTime() + minutes * 60_000);
    await commitFiles(bare, { 'dev.yaml': values('3', 'c') }, 'newer', at);
    clock.minute += 45;
    await again.run(row?.job.body, context);
    expect(await find('staging', '2', 'b')).toMatchObject(expected);
  });

  test('a time in which the source was degraded begins it again', async () => {
    const { push, becomeHealthy, hear, work, find, clock, due, again, context, now } = await bench(soaking);
    await push('dev', '2', 'b');
    await becomeHealthy('dev', '2', 'b');
    await work();
    clock.minute += 20;
    await hear('dev', 'Degraded');
    expect((await find('dev', '2', 'b'))?.health?.soak).toEqual({ longestMs: 20 * 60_000 });
    clock.minute += 5;
    await hear('dev', 'Healthy');
    const until = new Date(now().getTime() + 30 * 60_000).toISOString();
    clock.minute += 10;
    const [row] = await due.list();
    await again.run(row?.job.body, context);
    expect(await find('staging', '2', 'b')).toMatchObject({ state: 'queued', reason: `soaks in dev until ${until}` });
    clock.minute += 20;
    await again.run(row?.job.body, context);
    expect(await find('staging', '2', 'b')).toMatchObject({ state: 'committed' });
  });
});

const buildOf = (id: number, sourceVersion = '', trusted = true) => ({
  collection: 'https://dev.azure.com/contoso',
  project: 'shop',
  id,
  number: String(id),
  definition: { id: 1, name: 'shop' },
  url: 'https://dev.azure.com/contoso/shop/_build/results?buildId=1',
  sourceBranch: 'refs/heads/main',
  sourceVersion,
  reason: 'individualCI',
  trusted,
});

describe('deliberate tags', () => {
  const deliberate = `
      prod: { promoteFrom: dev, tags: { match: '^v(\\d+)$', order: numeric } }`;

  test('[waits] a pushed tag waits until its image is healthy in the source', async () => {
    const { push, becomeHealthy, work, find, bare, due } = await bench(deliberate);
    await push('dev', '2', 'b');
    await push('prod', 'v2', 'b');
    expect(await find('prod', 'v2', 'b')).toMatchObject({ state: 'queued', reason: 'v2 has not been healthy in dev' });
    expect(await due.list()).toHaveLength(1);
    await becomeHealthy('dev', '2', 'b');
    await work();
    expect(await fileAtTip(bare, 'prod.yaml')).toBe(values('v2', 'b'));
  });

  test('after 30 days it is rejected', async () => {
    const { push, find, clock, due, again, context } = await bench(deliberate);
    await push('prod', 'v2', 'b');
    clock.minute += 30 * 24 * 60;
    const [row] = await due.list();
    await again.run(row?.job.body, context);
    expect(await find('prod', 'v2', 'b')).toMatchObject({ state: 'rejected', code: 'not-promoted' });
  });

  test('with `sameSource` the build of the tag may make another image of the same commit', async () => {
    const sameSource = deliberate.replace('promoteFrom: dev', 'promoteFrom: dev, sameSource: true');
    const { push, becomeHealthy, work, find, bare, store, again, context, now } = await bench(sameSource);
    const [commit, other] = ['c', 'd'].map((letter) => letter.repeat(40));
    const learn = (update: TagUpdate, ...build: Parameters<typeof buildOf>) =>
      store.update(update, (current) => {
        const [, sourceVersion = ''] = build;
        const learnt = { build: buildOf(...build), source: { commit: sourceVersion } };
        return current && { ...current, ...learnt, updatedAt: now().toISOString() };
      });
    const release = async (tag: string, of: string, ...build: Parameters<typeof buildOf>) => {
      const update = await push('prod', tag, of);
      await learn(update, ...build);
      await again.run(update, context);
      return (await find('prod', tag, of))?.reason;
    };
    expect(await release('v1', 'e', 1, commit, false)).toBe(
      'no trusted build of v1 is known, so its source commit is unknown',
    );
    expect(await release('v2', 'f', 2, other)).toBe('no image of its source commit dddddddddd has been healthy in dev');
    expect(await release('v3', 'a', 3, commit)).toBe(
      'no image of its source commit cccccccccc has been healthy in dev',
    );
    await learn(await push('dev', '2', 'b'), 4, commit);
    await becomeHealthy('dev', '2', 'b');
    await work();
    expect(await fileAtTip(bare, 'prod.yaml')).toBe(values('v3', 'a'));
    expect(await find('prod', 'v2', 'f')).toMatchObject({ state: 'queued' });
  });

  test('a tag of an image that was healthy before is written at once', async () => {
    const { push, becomeHealthy, bare } = await bench(deliberate);
    await push('dev', '2', 'b');
    await becomeHealthy('dev', '2', 'b');
    await push('prod', 'v2', 'b');
    expect(await fileAtTip(bare, 'prod.yaml')).toBe(values('v2', 'b'));
  });
});

test('[sweep] a decision that was lost is made by the next sweep, once', async () => {
  const { push, becomeHealthy, work, queue, sweep, find, clock } = await bench();
  await push('dev', '2', 'b');
  await becomeHealthy('dev', '2', 'b');
  queue.length = 0;
  await sweep();
  expect(await find('staging', '2', 'b')).toMatchObject({ state: 'committed' });
  clock.minute += 1;
  await becomeHealthy('staging', '2', 'b');
  await work();
  expect(await find('prod', '2', 'b')).toMatchObject({ state: 'committed' });
  expect(await sweep()).toBe(0);
});

test("the health of a source is shown on a promotion's pull request", async () => {
  const world = await bench('\n      staging: { promoteFrom: dev, delivery: pull-request }');
  const { push, becomeHealthy, hear, work, find, devops, clock } = world;
  await push('dev', '2', 'b');
  await becomeHealthy('dev', '2', 'b');
  await work();
  expect(await find('staging', '2', 'b')).toMatchObject({ state: 'pull-request' });
  const { api } = await azureHost(devops, []);
  const shown = async () => {
    const all = await api.getPullRequestStatuses('gitops', 1, 'platform');
    return all.map(
      ({ context, description = '' }) => `${context?.name}: ${description.replace(/since .*/, 'since …')}`,
    );
  };
  const healthy = ['promotion/dev: 2 is healthy in dev since …', 'window: open'];
  await hear('dev', 'Healthy');
  expect(await shown()).toEqual(healthy);
  clock.minute += 1;
  await hear('dev', 'Degraded');
  expect(await shown()).toEqual([...healthy, 'promotion/dev: dev is degraded']);
  clock.minute += 1;
  await hear('dev', 'Healthy');
  expect(await shown()).toEqual([...healthy, 'promotion/dev: dev is degraded', healthy[0]]);
});
