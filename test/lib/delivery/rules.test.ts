import { describe, expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import type { DeploymentState } from '../../../src/lib/model/deployment.ts';
import { recordOutcome, recordQueued } from '../../../src/lib/deployments/record-outcome.ts';
import type { DeploymentStore } from '../../../src/lib/deployments/store.ts';
import { formatTrailer } from '../../../src/lib/model/trailers.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import { deliveryBench } from '../../support/delivery.ts';
import { commitCount, commitFiles, fileAtTip } from '../../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments:
  dev: { tags: { match: '^(\\d+)$', order: numeric } }
routes:
  api: { image: contoso.azurecr.io/api, update: [{ file: api.yaml, helm: { tag: image.tag } }], environments: [dev] }
  web: { image: contoso.azurecr.io/web, update: [{ file: web.yaml, helm: { tag: image.tag } }], environments: [dev] }
  exact:
    image: contoso.azurecr.io/exact
    update: [{ file: exact.yaml, create: true, helm: { tag: image.tag, digest: image.digest } }]
    environments: [dev]
  version:
    image: contoso.azurecr.io/version
    update: [{ file: version.yaml, helm: { tag: image.tag } }]
    environments: { dev: { tags: { match: null, order: semver } } }
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;
const digests = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`);
const exact = (tag: string, digest = digests[0]) => `image: { tag: "${tag}", digest: "${digest}" }\n`;
const files = {
  'api.yaml': values('1'),
  'web.yaml': values('1'),
  'exact.yaml': exact('1'),
  'version.yaml': values('v1'),
};
const dev = (route: string) => ({ route, environment: 'dev' });

const killed = () => Promise.reject(new Error('killed'));

async function bench() {
  const delivery = await deliveryBench({ routes, files });
  const { store, worker, bare } = delivery;
  return {
    ...delivery,
    apply: worker(),
    tip: async () => (await git(['rev-parse', 'main'], bare)).trim(),
    /** Pushes, and dies before it has recorded anything. */
    dyingWorker: worker({ store: { ...store, update: killed, updateMark: killed } }),
    stateOf: async (update: TagUpdate) => (await store.find(update))?.state,
    setState: (update: TagUpdate, state: DeploymentState) =>
      store.update(update, (current) => moveTo(current ?? queued(update, '', new Date()), state, {}, new Date())),
  };
}

function withDigest(update: TagUpdate, digest: string | undefined): TagUpdate {
  return digest === undefined ? update : { ...update, image: { ...update.image, digest } };
}

describe('the intent of a push is recorded before it', () => {
  test('the row is there before the push, and goes last, after mark and record', async () => {
    const { store, worker, devops, update } = await bench();
    const steps: string[] = [];
    const pushes = () => devops.requests.filter(({ method }) => method === 'POST').length;
    const noting = <K extends keyof DeploymentStore>(name: K): DeploymentStore[K] =>
      (async (...args: readonly never[]) => {
        steps.push(`${name} ${pushes()}`);
        return Reflect.apply(store[name], store, args);
      }) as DeploymentStore[K];
    const watched = { ...store, recordIntent: noting('recordIntent'), updateMark: noting('updateMark') };
    await worker({ store: { ...watched, update: noting('update'), removeIntent: noting('removeIntent') } })(
      update('api', '2'),
    );
    expect(steps).toEqual(['recordIntent 0', 'updateMark 1', 'update 1', 'removeIntent 1']);
  });

  test('marks, records and push intents are read after the tip', async () => {
    const { store, worker, devops, update } = await bench();
    const tipsBefore: number[] = [];
    const tips = () => devops.requests.filter(({ resource }) => resource === 'refs').length;
    const watched: DeploymentStore = {
      ...store,
      find: (key) => (tipsBefore.push(tips()), store.find(key)),
      findMark: (key) => (tipsBefore.push(tips()), store.findMark(key)),
      intents: (target) => (tipsBefore.push(tips()), store.intents(target)),
    };
    await worker({ store: watched })(update('api', '2'));
    expect(tipsBefore).toEqual([1, 1, 1]);
  });

  test('after a stale push the row is gone at once, and the next try records another', async () => {
    const { store, apply, devops, update } = await bench();
    const action = { kind: 'error', typeKey: 'GitReferenceStaleException' } as const;
    devops.faults.add({ match: { method: 'POST', resource: 'pushes' }, times: 1, action });
    expect(await apply(update('api', '2'))).toMatchObject({ kind: 'committed' });
    expect(await store.allIntents()).toEqual([]);
  });

  test('another worker removes the row only where its base lies strictly below the tip', async () => {
    const { store, apply, update, tip } = await bench();
    const base = await tip();
    const target = 'https://dev.azure.com/contoso/platform/_git/gitops#main';
    await store.recordIntent({ id: 'x', target, base, updates: [update('api', '2')], at: new Date().toISOString() });
    await apply(update('api', '1'));
    expect(await store.allIntents()).toHaveLength(1);
    await apply(update('web', '2'));
    await apply(update('web', '3'));
    expect(await store.allIntents()).toEqual([]);
  });

  test("the mark is raised from the commit's own trailer, not from the row", async () => {
    const { store, dyingWorker, apply, update, tip } = await bench();
    const two = update('api', '2', '2026-11-20T10:00:00.000Z');
    await expect(dyingWorker(two)).rejects.toThrow('killed');
    const commit = await tip();
    const [row] = await store.allIntents();
    if (!row) throw new Error('it has no intent');
    await store.removeIntent(row);
    await store.recordIntent({ ...row, updates: [{ ...two, pushedAt: '2030-01-01T00:00:00.000Z' }] });
    await apply(update('web', '2'));
    expect(await store.findMark(dev('api'))).toMatchObject({ tag: '2', commit, pushedAt: two.pushedAt });
  });
});

describe('decide', () => {
  test("the mark's own tag with an older digest that comes late does not undo a revert", async () => {
    const { bare, apply, update } = await bench();
    const [newer, older] = digests.map((digest, index) => ({
      ...withDigest(update('exact', '2', `2026-11-20T10:0${5 - index}:00.000Z`), digest),
      id: `${index}`.repeat(32),
    }));
    if (!newer || !older) throw new Error('there are two digests');
    await apply(newer);
    await commitFiles(bare, { 'exact.yaml': exact('1') }, 'Revert to 1');
    expect(await apply(older)).toMatchObject({ kind: 'superseded', by: '2' });
    expect(await fileAtTip(bare, 'exact.yaml')).toBe(exact('1'));
  });

  test("the mark's own tag with another digest is applied where the file holds no newer tag", async () => {
    const { apply, bare, update } = await bench();
    const two = update('exact', '2');
    const [first, second] = digests.map((digest, index) => ({ ...withDigest(two, digest), id: `${index}`.repeat(32) }));
    if (!first || !second) throw new Error('there are two digests');
    expect(await apply(first)).toMatchObject({ kind: 'committed' });
    expect(await apply({ ...second, pushedAt: '2026-11-20T11:00:00.000Z' })).toMatchObject({ kind: 'committed' });
    expect(await fileAtTip(bare, 'exact.yaml')).toBe(exact('2', digests[1]));
    await commitFiles(bare, { 'exact.yaml': exact('3') }, 'by hand');
    expect(await apply({ ...first, id: '5'.repeat(32), pushedAt: '2026-11-20T12:00:00.000Z' })).toMatchObject({
      kind: 'superseded',
      by: '3',
    });
  });

  test('of tags that are equal by the order the later push wins', async () => {
    const { apply, update, bare } = await bench();
    await apply(update('version', 'v2.0.0', '2026-11-20T10:00:00.000Z'));
    expect(await apply(update('version', 'v2.0.0-1', '2026-11-20T12:00:00.000Z'))).toMatchObject({
      kind: 'superseded',
    });
    expect(await apply(update('version', '2.0.0', '2026-11-20T09:00:00.000Z'))).toMatchObject({ kind: 'superseded' });
    expect(await apply(update('version', '2.0.0', '2026-11-20T11:00:00.000Z'))).toMatchObject({ kind: 'committed' });
    expect(await fileAtTip(bare, 'version.yaml')).toBe(values('2.0.0'));
  });

  test('a tag in the file that the policy cannot order counts as older', async () => {
    const { apply, bare, update } = await bench();
    await commitFiles(bare, { 'api.yaml': values('a-branch') }, 'by hand');
    expect(await apply(update('api', '2'))).toMatchObject({ kind: 'committed', previous: 'a-branch' });
  });

  test('a newer tag in the file that is not ours supersedes, and the outcome says whose it is', async () => {
    const { apply, bare, update } = await bench();
    await commitFiles(bare, { 'api.yaml': values('9') }, 'by hand');
    expect(await apply(update('api', '8'))).toMatchObject({ kind: 'superseded', by: '9', isForeign: true });
    await apply(update('web', '9'));
    expect(await apply(update('web', '8'))).not.toHaveProperty('isForeign');
  });
});

test('the first event time of an id is kept', async () => {
  const { store, update } = await bench();
  const first = update('api', '2', '2026-11-20T10:00:00.000Z');
  const late = update('api', '2', '2026-11-20T12:00:00.000Z');
  expect(late.id).toBe(first.id);
  await recordQueued(first, '', store, new Date());
  expect(await recordQueued(late, '', store, new Date())).toEqual(first);
});

describe('Git outranks the store', () => {
  test.each(['queued', 'superseded', 'rejected', 'abandoned'] as const)(
    'a commit that is found makes a record committed that was %s',
    async (state) => {
      const { dyingWorker, apply, update, tip, store, setState } = await bench();
      const two = update('api', '2');
      await expect(dyingWorker(two)).rejects.toThrow('killed');
      const commit = await tip();
      await setState(two, state);
      await apply(update('web', '2'));
      expect(await store.find(two)).toMatchObject({ state: 'committed', commit });
    },
  );

  test.each(['healthy', 'failed', 'rolled-back'] as const)('what came after the commit stays: %s', async (state) => {
    const { worker, store, update, stateOf, setState } = await bench();
    const two = update('api', '2');
    // Another worker has found the commit, and its result has come, before this one records it.
    const overtaken: DeploymentStore = {
      ...store,
      update: async (key, change) => {
        await setState(two, state);
        await store.update(key, change);
      },
    };
    expect(await worker({ store: overtaken })(two)).toMatchObject({ kind: 'committed' });
    expect(await stateOf(two)).toBe(state);
  });

  test('a trailer in a commit that does not hold the value counts for nothing', async () => {
    const { bare, devops, worker, apply, update, stateOf, store } = await bench();
    const two = update('api', '2');
    devops.faults.add({ match: { method: 'POST', resource: 'pushes' }, action: { kind: 'drop', when: 'before' } });
    expect(await worker()(two)).toMatchObject({ kind: 'failed' });
    devops.faults.clear();
    expect((await store.allIntents()).length).toBeGreaterThan(0);
    const forged = formatTrailer({ ...dev('api'), image: 'contoso.azurecr.io/api:2', id: two.id });
    await commitFiles(bare, { 'web.yaml': values('5') }, `deploy: not at all\n\n${forged}`);
    expect(await apply(two)).toMatchObject({ kind: 'committed' });
    expect(await stateOf(two)).toBe('committed');
    expect(await fileAtTip(bare, 'api.yaml')).toBe(values('2'));
  });

  test('a delivery whose record is superseded writes nothing, though nothing newer is left', async () => {
    const { apply, bare, store, update, stateOf } = await bench();
    await commitFiles(bare, { 'api.yaml': values('5') }, 'by hand');
    const outcome = await apply(update('api', '3'));
    await recordOutcome(update('api', '3'), outcome, store, new Date());
    expect(await stateOf(update('api', '3'))).toBe('superseded');
    await commitFiles(bare, { 'api.yaml': values('1') }, 'Revert');
    expect(await apply(update('api', '3'))).toMatchObject({ kind: 'done-before', state: 'superseded' });
    expect(await fileAtTip(bare, 'api.yaml')).toBe(values('1'));
  });

  test.each(['rejected', 'abandoned'] as const)('%s is judged anew by every delivery', async (state) => {
    const { apply, update, setState, stateOf } = await bench();
    await setState(update('api', '2'), state);
    expect(await apply(update('api', '2'))).toMatchObject({ kind: 'committed' });
    expect(await stateOf(update('api', '2'))).toBe('committed');
  });
});

describe('groups', () => {
  test('the loser of a scalar is superseded only after that push has succeeded', async () => {
    const { apply, devops, update, bare } = await bench();
    devops.faults.add({ match: { method: 'POST', resource: 'pushes' }, action: { kind: 'unavailable' } });
    const failed = await Promise.all([apply(update('api', '2')), apply(update('api', '3'))]);
    expect(failed.map(({ kind }) => kind)).toEqual(['failed', 'failed']);
    devops.faults.clear();
    const outcomes = await Promise.all([apply(update('api', '2')), apply(update('api', '3'))]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['superseded', 'committed']);
    expect(await commitCount(bare)).toBe(2);
  });
});

function vanishAndLoseTheAnswer({ devops }: Awaited<ReturnType<typeof bench>>): void {
  const match = { method: 'POST', resource: 'pushes' };
  devops.faults.add({ match, times: 1, action: { kind: 'branch-vanishes' } });
  devops.faults.add({ match, times: 1, action: { kind: 'drop', when: 'after' } });
}

describe('a branch that was deleted and made again by our push', () => {
  test('is removed by the next try, though the answer was lost', async () => {
    const started = await bench();
    vanishAndLoseTheAnswer(started);
    const { apply, update, bare, store } = started;
    expect(await apply(update('api', '2'))).toMatchObject({ kind: 'failed', failure: { code: 'branch-not-found' } });
    expect(await git(['branch', '--list'], bare)).toBe('');
    expect(await store.find(update('api', '2'))).toBeUndefined();
  });

  test('is removed by another update that meets the push intent', async () => {
    const started = await bench();
    vanishAndLoseTheAnswer(started);
    const { worker, apply, update, bare } = started;
    const dying = worker({ sleep: (ms) => (ms > 20 ? killed() : Promise.resolve()) });
    await expect(dying(update('api', '2'))).rejects.toThrow('killed');
    expect(await git(['branch', '--list'], bare)).not.toBe('');
    expect(await apply(update('web', '2'))).toMatchObject({ kind: 'failed', failure: { code: 'branch-not-found' } });
    expect(await git(['branch', '--list'], bare)).toBe('');
  });

  test('stays where a person has built on it with a trailer that the diff does not prove', async () => {
    const started = await bench();
    vanishAndLoseTheAnswer(started);
    const { worker, update, bare, stateOf } = started;
    const { route, environment, id, image } = update('api', '2');
    const reference = `${image.registry}/${image.repository}:${image.tag}`;
    const trailer = formatTrailer({ route, environment, id, image: reference });
    const slow = worker({
      sleep: async (ms) => {
        if (ms > 20) await commitFiles(bare, { 'other.yaml': 'a: 1\n' }, `by hand\n\n${trailer}`);
      },
    });
    expect(await slow(update('api', '2'))).toMatchObject({ kind: 'committed', groupSize: 1 });
    expect(await stateOf(update('api', '2'))).toBe('committed');
    expect(await fileAtTip(bare, 'other.yaml')).toBe('a: 1\n');
  });

  test('stays where a person has built on it', async () => {
    const started = await bench();
    vanishAndLoseTheAnswer(started);
    const { worker, update, bare, stateOf } = started;
    const slow = worker({
      sleep: async (ms) => {
        if (ms > 20) await commitFiles(bare, { 'web.yaml': values('7') }, 'by hand');
      },
    });
    expect(await slow(update('api', '2'))).toMatchObject({ kind: 'committed', groupSize: 1 });
    expect(await stateOf(update('api', '2'))).toBe('committed');
    expect(await fileAtTip(bare, 'web.yaml')).toBe(values('7'));
  });
});
