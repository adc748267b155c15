import { describe, expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { makeDeploymentIndex } from '../../../src/lib/deployments/deployment-index.ts';
import { parseTrailers } from '../../../src/lib/model/trailers.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import { deliveryBench } from '../../support/delivery.ts';
import { commitCount, commitFiles, fileAtTip } from '../../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  app-{service}:
    image: contoso.azurecr.io/app/{service}
    update: [{ file: 'apps/{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
  seen:
    image: contoso.azurecr.io/seen
    update: [{ file: seen.yaml, helm: { tag: image.tag } }]
    environments: { dev: { delivery: observe } }
  pinned:
    image: contoso.azurecr.io/pinned
    update: [{ file: pinned.yaml, create: true, helm: { tag: image.tag, digest: image.digest } }]
    environments: [dev]
  one:
    image: contoso.azurecr.io/one
    update: [{ file: one.yaml, helm: { tag: a.tag } }, { file: one.yaml, helm: { tag: b.tag } }]
    environments: [dev]
`;
const values = (tag: string) => `image:\n  tag: "${tag}"\n`;
const files = {
  'apps/api.yaml': values('1'),
  'apps/web.yaml': values('1'),
  'apps/bad.yaml': 'image: [\n',
  'seen.yaml': values('1'),
  'pinned.yaml': 'image:\n  tag: "1"\n',
  'one.yaml': 'a: { tag: "1" }\nb: { tag: "1" }\n',
};
const bench = () => deliveryBench({ routes, files });

test('three round trips to the Git host for a commit, when the connection is warm', async () => {
  const { devops, worker, update } = await bench();
  const apply = worker();
  await apply(update('app/api', '2'));
  const before = devops.requests.length;
  await apply(update('app/api', '3'));
  expect(devops.requests.slice(before).map(({ method, resource }) => `${method} ${resource}`)).toEqual([
    'GET refs',
    'GET items',
    'POST pushes',
  ]);
});

test('a warning of the edit is in the outcome, the record and the message of the commit', async () => {
  const { bare, worker, update, store } = await deliveryBench({
    routes,
    files: { ...files, 'apps/api.yaml': 'image:\n  tag: &tag "1"\nsidecar:\n  tag: *tag\n' },
  });
  const outcome = await worker()(update('app/api', '2'));
  const warnings = [expect.stringContaining('apps/api.yaml:4:8')];
  expect(outcome).toMatchObject({ kind: 'committed', warnings });
  expect(await store.find(update('app/api', '2'))).toMatchObject({ editWarnings: warnings });
  const message = await git(['log', '-1', '--format=%B', 'main'], bare);
  expect(message).toMatch(/^Warning, .*apps\/api\.yaml:4:8/m);
  expect(parseTrailers(message)).toHaveLength(1);
});

test('updates that wait together go into one commit, with one trailer each', async () => {
  const { bare, worker, update, rows } = await bench();
  const apply = worker();
  const outcomes = await Promise.all([
    apply(update('app/api', '2')),
    apply(update('app/web', '5')),
    apply(update('one', '3')),
  ]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['committed', 'committed', 'committed']);
  expect(await commitCount(bare)).toBe(2);
  const message = await git(['log', '-1', '--format=%B', 'main'], bare);
  expect(message.split('\n')[0]).toBe('deploy: 3 image updates');
  expect(parseTrailers(message).map(({ route }) => route)).toEqual(['app-api', 'app-web', 'one']);
  expect(await fileAtTip(bare, 'one.yaml')).toBe('a: { tag: "3" }\nb: { tag: "3" }\n');
  // Each record has its own part of the change.
  expect(await makeDeploymentIndex(rows).findDiff(update('app/web', '5').id)).toBe(
    '--- a/apps/web.yaml\n+++ b/apps/web.yaml\n@@ -1,2 +1,2 @@\n image:\n-  tag: "1"\n+  tag: "5"\n',
  );
});

test('the record of a change in large files has the scalars alone', async () => {
  const large = `${values('1')}# ${'x'.repeat(80)}\n${'# more\n'.repeat(20_000)}`;
  const { worker, update, rows } = await deliveryBench({ routes, files: { ...files, 'apps/api.yaml': large } });
  const one = update('app/api', '2');
  expect(await worker()(one)).toMatchObject({ kind: 'committed' });
  expect(await makeDeploymentIndex(rows).findDiff(one.id)).toBe('apps/api.yaml image.tag: 1 → 2\n');
});

test('two updates of one scalar: the newer goes in, the other is superseded', async () => {
  const { bare, worker, update, store } = await bench();
  const apply = worker();
  const outcomes = await Promise.all([
    apply(update('app/api', '7')),
    apply(update('app/api', '9')),
    apply(update('app/api', '8')),
  ]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['superseded', 'committed', 'superseded']);
  expect(await fileAtTip(bare, 'apps/api.yaml')).toBe(values('9'));
  expect(await store.findMark({ route: 'app-api', environment: 'dev' })).toMatchObject({ tag: '9' });
});

test('one bad update holds up no other', async () => {
  const { bare, worker, update } = await bench();
  const apply = worker();
  const [good, bad] = await Promise.all([apply(update('app/api', '2')), apply(update('app/bad', '2'))]);
  expect(good).toMatchObject({ kind: 'committed' });
  expect(bad).toMatchObject({ kind: 'failed', failure: { code: 'not-yaml', kind: 'permanent' } });
  expect(await fileAtTip(bare, 'apps/api.yaml')).toBe(values('2'));
});

test('a group that is refused as a whole is halved until the culprit stands alone', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 9 }, (_, index) => [
      `apps/s${index}.yaml`,
      `# ${index === 5 ? 'SECRET' : 'plain'}\n${values('1')}`,
    ]),
  );
  const { bare, devops, worker, update } = await deliveryBench({ routes, files: many });
  devops.faults.add({ action: { kind: 'secret-found', status: 403, content: /SECRET/ } });
  const apply = worker();
  const outcomes = await Promise.all(Array.from({ length: 9 }, (_, index) => apply(update(`app/s${index}`, '2'))));
  expect(outcomes.map((outcome) => (outcome.kind === 'failed' ? outcome.failure.code : outcome.kind))).toEqual([
    ...Array.from({ length: 5 }, () => 'committed'),
    'push-blocked-by-secret-scanning',
    ...Array.from({ length: 3 }, () => 'committed'),
  ]);
  expect(await fileAtTip(bare, 'apps/s8.yaml')).toContain('"2"');
});

test('a file that a pattern route names and that does not exist is ignored, without a record', async () => {
  const { worker, update, bare } = await bench();
  expect(await worker()(update('app/none', '2'))).toEqual({ kind: 'ignored' });
  expect(await commitCount(bare)).toBe(1);
});

test('observe: everything but the write', async () => {
  const { bare, worker, update } = await bench();
  expect(await worker()(update('seen', '2'))).toEqual({
    kind: 'observed',
    changes: 'seen.yaml image.tag: 1 → 2',
    diff: expect.stringMatching(/^--- a\/seen\.yaml\n\+\+\+ b\/seen\.yaml\n@@[^]*\n-.*"1".*\n\+.*"2"/),
  });
  expect(await commitCount(bare)).toBe(1);
});

test('the value is there already: committed at the commit that put it there, whoever wrote it', async () => {
  const { bare, worker, update, store } = await bench();
  await commitFiles(bare, { 'apps/api.yaml': values('4') }, 'by hand');
  const [byHand = ''] = (await git(['rev-parse', 'main'], bare)).split('\n');
  await commitFiles(bare, { 'apps/web.yaml': values('8') }, 'something else');
  await commitFiles(bare, { 'apps/api.yaml': `# a comment\n${values('4')}` }, 'the same value, another line');
  expect(await worker()(update('app/api', '4'))).toEqual({ kind: 'up-to-date', branch: 'main', commit: byHand });
  expect(await store.find(update('app/api', '4'))).toMatchObject({ state: 'committed', commit: byHand });
  expect(await store.findMark({ route: 'app-api', environment: 'dev' })).toMatchObject({ tag: '4', commit: byHand });
  expect(await commitCount(bare)).toBe(4);
});

describe('compare-and-swap', () => {
  test('four workers on one branch: nothing is lost, history is linear, nothing twice', async () => {
    const services = Array.from({ length: 24 }, (_, index) => `s${index}`);
    const { bare, worker, update } = await deliveryBench({
      routes,
      files: Object.fromEntries(services.map((service) => [`apps/${service}.yaml`, values('1')])),
    });
    const workers = [worker(), worker(), worker(), worker()];
    const outcomes = await Promise.all(
      services.map((service, index) => (workers[index % 4] ?? worker())(update(`app/${service}`, '2'))),
    );
    expect(outcomes.every(({ kind }) => kind === 'committed')).toBe(true);
    for (const service of services) expect(await fileAtTip(bare, `apps/${service}.yaml`)).toBe(values('2'));
    const messages = (await git(['log', '--format=%B%x00', 'main'], bare)).split('\0');
    const ids = messages.flatMap((message) => parseTrailers(message).map(({ id }) => id));
    expect(ids.length).toBe(services.length);
    expect(new Set(ids).size).toBe(services.length);
    expect((await git(['rev-list', '--min-parents=2', 'main'], bare)).trim()).toBe('');
  });

  test('the same update by two workers at once is one commit', async () => {
    const { bare, worker, update } = await bench();
    const outcomes = await Promise.all([worker()(update('app/api', '2')), worker()(update('app/api', '2'))]);
    expect(outcomes.map(({ kind }) => kind)).toContain('committed');
    expect(outcomes.map(({ kind }) => kind)).not.toContain('failed');
    expect(await commitCount(bare)).toBe(2);
  });
});

describe('lost responses', () => {
  test('the push happened and its answer was lost: no second commit', async () => {
    const { bare, devops, worker, update, store } = await bench();
    devops.faults.add({
      match: { method: 'POST', resource: 'pushes' },
      times: 1,
      action: { kind: 'drop', when: 'after' },
    });
    const outcome = await worker()(update('app/api', '2'));
    expect(outcome).toMatchObject({ kind: 'committed', previous: '1', groupSize: 1 });
    expect(await commitCount(bare)).toBe(2);
    expect(await store.find(update('app/api', '2'))).toMatchObject({
      state: 'committed',
      commit: (await git(['rev-parse', 'main'], bare)).trim(),
    });
    expect(await store.findMark({ route: 'app-api', environment: 'dev' })).toMatchObject({ tag: '2' });
    expect(await store.intents(targetKey)).toEqual([]);
  });

  test('the push did not happen: the next try makes the commit', async () => {
    const { bare, devops, worker, update } = await bench();
    devops.faults.add({
      match: { method: 'POST', resource: 'pushes' },
      times: 1,
      action: { kind: 'drop', when: 'before' },
    });
    expect(await worker()(update('app/api', '2'))).toMatchObject({ kind: 'committed' });
    expect(await commitCount(bare)).toBe(2);
  });

  test('the worker died after the push, and a person reverted before the redelivery: the revert stays', async () => {
    const { bare, worker, update, store } = await bench();
    const dying = worker({
      store: {
        ...store,
        update: () => Promise.reject(new Error('killed')),
        updateMark: () => Promise.reject(new Error('killed')),
      },
    });
    await expect(dying(update('app/api', '2'))).rejects.toThrow('killed');
    expect(await fileAtTip(bare, 'apps/api.yaml')).toBe(values('2'));
    await commitFiles(bare, { 'apps/api.yaml': values('1') }, 'Revert');
    expect(await worker()(update('app/api', '2'))).toMatchObject({ kind: 'done-before', state: 'committed' });
    expect(await fileAtTip(bare, 'apps/api.yaml')).toBe(values('1'));
    expect(await commitCount(bare)).toBe(3);
  });

  test('another update finds the push intent of a dead worker and records what it did', async () => {
    const { worker, update, store } = await bench();
    const dying = worker({
      store: {
        ...store,
        update: () => Promise.reject(new Error('killed')),
        updateMark: () => Promise.reject(new Error('killed')),
      },
    });
    await expect(dying(update('app/api', '2'))).rejects.toThrow('killed');
    expect(await store.intents(targetKey)).toHaveLength(1);
    await worker()(update('app/web', '2'));
    expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'committed' });
    expect(await store.findMark({ route: 'app-api', environment: 'dev' })).toMatchObject({ tag: '2' });
    expect(await store.intents(targetKey)).toEqual([]);
  });
});

describe('push intents that are left', () => {
  test('its commit is found below a hundred others, and it costs no look any more', async () => {
    const { bare, devops, store, worker, update } = await killedAfterPush();
    const landed = (await git(['rev-parse', 'main'], bare)).trim();
    await commitOften(bare, 120);
    const apply = worker();
    await apply(update('app/web', '2'));
    expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'committed', commit: landed });
    expect(await store.intents(targetKey)).toEqual([]);
    expect(devops.requests.filter(({ resource }) => resource === 'commits').length).toBeLessThan(10);
  });

  test('a base that is in history no more: withdrawn when the push can land no more', async () => {
    const { bare, store, worker, update } = await killedAfterPush();
    await git(['update-ref', 'refs/heads/main', await orphan(bare)], bare);
    await worker()(update('app/web', '2'));
    expect(await store.intents(targetKey)).toHaveLength(1);
    await worker({ now: elevenMinutesLater })(update('app/web', '3'));
    expect(await store.intents(targetKey)).toEqual([]);
    expect(await store.find(update('app/api', '2'))).toBeUndefined();
  });
});

describe('the mark of a tag that was built again', () => {
  const key = { route: 'pinned', environment: 'dev' };

  test('a rebuild whose worker was killed raises it, as its commit comes after that of the mark', async () => {
    const { store, worker, update } = await bench();
    const [first, rebuilt] = twoBuilds(update('pinned', '2'));
    await worker()(first);
    const dying = worker({ store: { ...store, update: killed, updateMark: killed } });
    await expect(dying(rebuilt)).rejects.toThrow('killed');
    await worker()(update('app/web', '2'));
    expect(await store.find(rebuilt)).toMatchObject({ state: 'committed' });
    expect(await store.findMark(key)).toMatchObject({ tag: '2', digest: rebuilt.image.digest });
  });

  test('a rebuild that was planned before the first build raised it raises it too', async () => {
    const { store, worker, update } = await bench();
    const [first, rebuilt] = twoBuilds(update('pinned', '2'));
    await worker()(first);
    const early = worker({ store: { ...store, findMark: () => Promise.resolve(undefined) } });
    expect(await early(rebuilt)).toMatchObject({ kind: 'committed' });
    expect(await store.findMark(key)).toMatchObject({ tag: '2', digest: rebuilt.image.digest });
  });

  test('the first build, recorded late, does not take it back', async () => {
    const { store, worker, update } = await bench();
    const [first, rebuilt] = twoBuilds(update('pinned', '2'));
    const dying = worker({ store: { ...store, update: killed, updateMark: killed } });
    await expect(dying(first)).rejects.toThrow('killed');
    const blind = worker({ store: { ...store, intents: () => Promise.resolve([]) } });
    expect(await blind(rebuilt)).toMatchObject({ kind: 'committed' });
    await worker()(update('app/web', '2'));
    expect(await store.find(first)).toMatchObject({ state: 'committed' });
    expect(await store.findMark(key)).toMatchObject({ tag: '2', digest: rebuilt.image.digest });
  });
});

test('a look into history that fails holds up no other update of the group', async () => {
  const { bare, devops, worker, update } = await bench();
  const apply = worker();
  await Promise.all([apply(update('app/api', '2')), apply(update('app/web', '2'))]);
  await commitFiles(bare, { 'apps/api.yaml': values('3') }, 'by hand');
  devops.faults.add({ match: { resource: 'commits' }, action: { kind: 'unavailable' } });
  const [there, web] = await Promise.all([apply(update('app/api', '3')), apply(update('app/web', '3'))]);
  expect(web).toMatchObject({ kind: 'committed' });
  expect(there).toMatchObject({ kind: 'failed', failure: { code: 'service-unavailable' } });
});

test('without a mark nothing is written while history does not answer; others go on', async () => {
  const { bare, devops, worker, update } = await bench();
  const apply = worker();
  await apply(update('app/web', '2'));
  devops.faults.add({ match: { resource: 'commits' }, action: { kind: 'unavailable' } });
  const [api, web] = await Promise.all([apply(update('app/api', '2')), apply(update('app/web', '3'))]);
  expect(web).toMatchObject({ kind: 'committed' });
  expect(api).toMatchObject({ kind: 'failed', failure: { code: 'service-unavailable' } });
  expect(await fileAtTip(bare, 'apps/api.yaml')).toBe(values('1'));
  devops.faults.clear();
  expect(await apply(update('app/api', '2'))).toMatchObject({ kind: 'committed' });
});

test.each([
  ['a connection that breaks', { kind: 'drop', when: 'before' }],
  ['503', { kind: 'unavailable' }],
] as const)('%s once, on a read or on the push: tried again at once', async (_name, action) => {
  const { bare, devops, worker, update } = await bench();
  const apply = worker();
  devops.faults.add({ match: { resource: 'refs' }, times: 1, action });
  expect(await apply(update('app/api', '2'))).toMatchObject({ kind: 'committed' });
  devops.faults.add({ match: { resource: 'pushes' }, times: 1, action });
  expect(await apply(update('app/api', '3'))).toMatchObject({ kind: 'committed' });
  expect(await commitCount(bare)).toBe(3);
});

test('a branch that moves all the time: tried for a while, then sent again', async () => {
  const { devops, worker, update } = await bench();
  devops.faults.add({
    match: { resource: 'pushes' },
    action: { kind: 'error', typeKey: 'GitReferenceStaleException' },
  });
  let time = Date.now();
  const apply = worker({ now: () => new Date((time += 5_000)), sleep: () => Promise.resolve() });
  expect(await apply(update('app/api', '2'))).toMatchObject({ kind: 'failed', failure: { code: 'branch-moved' } });
  expect(devops.requests.filter(({ resource }) => resource === 'pushes').length).toBeLessThan(5);
});

describe('high-water mark', () => {
  test('a revert by hand is not overwritten by what comes late or twice', async () => {
    const { bare, worker, update } = await bench();
    const apply = worker();
    await apply(update('app/api', '5'));
    await commitFiles(bare, { 'apps/api.yaml': values('3') }, 'Revert to 3');
    expect(await apply(update('app/api', '5'))).toMatchObject({ kind: 'done-before' });
    expect(await apply(update('app/api', '4'))).toMatchObject({
      kind: 'superseded',
      by: '5',
      reason: expect.stringContaining('tagrelay mark'),
    });
    expect(await fileAtTip(bare, 'apps/api.yaml')).toBe(values('3'));
    expect(await apply(update('app/api', '6'))).toMatchObject({ kind: 'committed' });
  });
});

describe('vanished branches', () => {
  test('a branch that is deleted while the commit is made is not made again', async () => {
    const { bare, devops, worker, update } = await bench();
    devops.faults.add({ match: { method: 'POST', resource: 'pushes' }, times: 1, action: { kind: 'branch-vanishes' } });
    expect(await worker()(update('app/api', '2'))).toMatchObject({
      kind: 'failed',
      failure: { code: 'branch-not-found', kind: 'permanent' },
    });
    expect(await git(['branch', '--list'], bare)).toBe('');
  });
});

describe('failures of the Git host', () => {
  test.each([
    ['sign-in-page', { kind: 'sign-in-page' }, 'sign-in-failed', 'retryable'],
    ['a redirect to the sign-in page', { kind: 'sign-in-redirect' }, 'sign-in-failed', 'retryable'],
    ['an expired token', { kind: 'expired-token' }, 'sign-in-failed', 'retryable'],
    ['429', { kind: 'throttled', retryAfterSeconds: 60 }, 'throttled', 'retryable'],
    ['503', { kind: 'unavailable' }, 'service-unavailable', 'retryable'],
    ['a connection that breaks', { kind: 'drop', when: 'before' }, 'service-unavailable', 'retryable'],
  ] as const)('%s', async (_name, action, code, kind) => {
    const { bare, devops, worker, update } = await bench();
    devops.faults.add({ action });
    expect(await worker()(update('app/api', '2'))).toMatchObject({ kind: 'failed', failure: { code, kind } });
    expect(await commitCount(bare)).toBe(1);
  });

  test.each([
    ['rejected by policy', { kind: 'rejected-by-policy' }, 'push-rejected-by-policy'],
    ['no permission', { kind: 'permission-denied' }, 'permission-denied'],
    ['secret scanning', { kind: 'secret-found', status: 400 }, 'push-blocked-by-secret-scanning'],
  ] as const)('%s, on the push: permanent, and the push intent is removed', async (_name, action, code) => {
    const { devops, worker, update, store } = await bench();
    devops.faults.add({ match: { method: 'POST', resource: 'pushes' }, action });
    expect(await worker()(update('app/api', '2'))).toMatchObject({
      kind: 'failed',
      failure: { code, kind: 'permanent' },
    });
    expect(await store.intents(targetKey)).toEqual([]);
  });

  test('Retry-After on a 200 is obeyed', async () => {
    const { devops, worker, update } = await bench();
    devops.faults.add({ match: { resource: 'refs' }, times: 1, action: { kind: 'delayed', retryAfterSeconds: 120 } });
    expect(await worker()(update('app/api', '2'))).toMatchObject({
      kind: 'failed',
      failure: { code: 'throttled', retryAfterSeconds: 120 },
    });
  });
});

const targetKey = 'https://dev.azure.com/contoso/platform/_git/gitops#main';

/** A worker pushes and is killed before it records anything; its push intent stays. */
async function killedAfterPush() {
  const delivery = await bench();
  const { store, worker, update } = delivery;
  const dying = worker({ store: { ...store, update: killed, updateMark: killed } });
  await expect(dying(update('app/api', '2'))).rejects.toThrow('killed');
  return delivery;
}

/** Two pushes of one tag, with another digest each. */
function twoBuilds(update: TagUpdate): readonly [TagUpdate, TagUpdate] {
  const build = (digit: string, pushedAt: string): TagUpdate => {
    const image = { ...update.image, digest: `sha256:${digit.repeat(64)}` };
    return { ...update, id: digit.repeat(32), image, pushedAt };
  };
  return [build('a', '2026-11-20T10:00:00.000Z'), build('b', '2026-11-20T11:00:00.000Z')];
}

const killed = () => Promise.reject(new Error('killed'));
const elevenMinutesLater = () => new Date(Date.now() + 11 * 60_000);

/** Commits to another file, as a busy repository gets them. */
async function commitOften(bare: string, count: number): Promise<void> {
  const tree = (await git(['rev-parse', 'main^{tree}'], bare)).trim();
  let tip = (await git(['rev-parse', 'main'], bare)).trim();
  for (let index = 0; index < count; index += 1) tip = await commitTree(bare, tree, `chore: ${index}`, ['-p', tip]);
  await git(['update-ref', 'refs/heads/main', tip], bare);
}

/** A history begun anew with the same files, as after a force push. */
async function orphan(bare: string): Promise<string> {
  return commitTree(bare, (await git(['rev-parse', 'main~1^{tree}'], bare)).trim(), 'begun anew', []);
}

async function commitTree(bare: string, tree: string, message: string, parents: readonly string[]): Promise<string> {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@contoso.example'];
  return (await git([...identity, 'commit-tree', tree, ...parents, '-m', message], bare)).trim();
}

const lock = (version: string, digest: string) =>
  `dependencies:\n- name: base\n  repository: oci://contoso.azurecr.io/charts\n  version: ${version}\ndigest: ${digest}\ngenerated: "2026-11-01T00:00:00Z"\n`;
const chart = (version: string) =>
  `apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n- name: base\n  repository: oci://contoso.azurecr.io/charts\n  version: ${version}\n`;

describe('what a file has for an update', () => {
  const patternRoutes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
routes:
  app-{service}:
    image: contoso.azurecr.io/app/{service}
    update: [{ file: umbrella.yaml, helm: { tag: '{service}.image.tag' } }]
    environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
  charts:
    image: contoso.azurecr.io/charts/base
    update: [{ file: chart/Chart.yaml, chart: { dependency: base } }]
    environments: { dev: { tags: { semver: '>=1.0.0', order: semver } } }
`;
  test('an umbrella chart that has nothing for a captured service is ignored', async () => {
    const { worker, update, bare } = await deliveryBench({
      routes: patternRoutes,
      files: { 'umbrella.yaml': 'web:\n  image:\n    tag: "1"\n' },
    });
    expect(await worker()(update('app/api', '2'))).toEqual({ kind: 'ignored' });
    expect(await worker()(update('app/web', '2'))).toMatchObject({ kind: 'committed' });
    expect(await fileAtTip(bare, 'umbrella.yaml')).toBe('web:\n  image:\n    tag: "2"\n');
  });

  test('a chart: `_` of the tag is `+` of the version, and a stale Chart.lock fails the update', async () => {
    const files = { 'chart/Chart.yaml': chart('1.0.0') };
    const { worker, update, bare } = await deliveryBench({ routes: patternRoutes, files });
    expect(await worker()(update('charts/base', '1.1.0_build.5'))).toMatchObject({ kind: 'committed' });
    expect(await fileAtTip(bare, 'chart/Chart.yaml')).toBe(chart('1.1.0+build.5'));
    expect(await worker()(update('charts/base', '1.0.5'))).toMatchObject({ kind: 'superseded', by: '1.1.0+build.5' });
    await commitFiles(
      bare,
      { 'chart/Chart.lock': lock('1.0.0', `sha256:${'0'.repeat(64)}`) },
      'a lock of another chart',
    );
    expect(await worker()(update('charts/base', '1.2.0'))).toMatchObject({
      kind: 'failed',
      failure: { code: 'chart-lock-stale' },
    });
  });
});

describe('a route without a branch', () => {
  const unnamed = routes.replace(', branch: main', '');

  test('goes to the default branch of the moment, also when it has been renamed', async () => {
    const { bare, worker, update } = await deliveryBench({ routes: unnamed, files });
    const apply = worker();
    await apply(update('app/api', '2'));
    await git(['branch', '--move', 'main', 'trunk'], bare);
    await git(['symbolic-ref', 'HEAD', 'refs/heads/trunk'], bare);
    expect(await apply(update('app/api', '3'))).toMatchObject({ kind: 'committed', branch: 'trunk' });
  });
});

test('a wait without end is none: Retry-After counts for an hour at most, on every host', async () => {
  const { devops, worker, update } = await bench();
  devops.faults.add({
    match: { resource: 'refs' },
    times: 1,
    action: { kind: 'delayed', retryAfterSeconds: 99_999_999 },
  });
  expect(await worker()(update('app/api', '2'))).toMatchObject({
    kind: 'failed',
    failure: { code: 'throttled', retryAfterSeconds: 3600 },
  });
});
