import { describe, expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { withEffects } from '../../../src/lib/effects/effect-jobs.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import { replayOf } from '../../../src/lib/model/tag-update.ts';
import { branch, mark, hosts, values } from '../../support/pull-requests/bench.ts';
import type { SendWork } from '../../../src/lib/work/send-work.ts';
import { commitFiles, commitTo } from '../../support/platform.ts';

const later = () => new Date(Date.now() + 10 * 60_000);

describe.each(hosts)('on %s', (_host, bench) => {
  describe('merged', () => {
    test.each([
      ['by a merge commit', { strategy: 'merge' }],
      ['by squash', { strategy: 'squash' }],
      ['by rebase', { strategy: 'rebase' }],
      ['with a message of its own', { strategy: 'squash', message: 'nothing of ours' }],
    ] as const)('%s: committed at the last merge commit, and the mark is raised', async (_name, options) => {
      const { bare, worker, update, store, poll, complete } = await bench();
      await worker()(update('app/api', '2'));
      await complete(1, options);
      expect(await poll()).toEqual(['merged']);
      const commit = (await git(['rev-parse', 'main'], bare)).trim();
      expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'committed', commit, branch: 'main' });
      expect(await store.findMark(mark)).toMatchObject({ tag: '2', commit });
    });

    test('several: those that a run has no time for are noticed by the next', async () => {
      const { worker, update, store, poll, complete } = await bench();
      for (const [n, name] of ['app/api', 'app/web'].entries()) {
        await worker()(update(name, '2'));
        await complete(n + 1);
      }
      let ms = 0;
      const slow: typeof store.update = async (...change) => {
        ms += 30_000;
        return store.update(...change);
      };
      const options = { store: { ...store, update: slow }, now: () => new Date(Date.now() + ms) };
      const ended = async () => {
        const records = await Promise.all(['app/api', 'app/web'].map((name) => store.find(update(name, '2'))));
        return records.filter((record) => record?.state === 'committed').length;
      };
      expect([await poll(options), await ended()]).toEqual([['merged'], 1]);
      expect([await poll(options), await ended()]).toEqual([['merged'], 2]);
    });

    test('the effects that could not be queued at the first look are queued at the second', async () => {
      const { worker, update, store, poll, complete } = await bench();
      await worker()(update('app/api', '2'));
      await complete(1);
      const sent: unknown[] = [];
      let failures = 1;
      const send: SendWork = ({ body }) =>
        failures-- > 0
          ? Promise.reject(new Failure('storage-unavailable', 'no'))
          : Promise.resolve(void sent.push(body));
      const effects = withEffects(store, { send, sleep: () => Promise.resolve() });
      expect(await poll({ store: effects })).toEqual(['pull-request-not-followed']);
      expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'committed' });
      expect(await poll({ store: effects })).toEqual(['merged']);
      expect(sent).toEqual([{ updates: [expect.objectContaining({ id: update('app/api', '2').id })] }]);
    });

    test('after its route was changed to another file: committed by the value of the proposed file', async () => {
      const { worker, update, store, poll, complete, findEnvironment } = await bench();
      await worker()(update('app/api', '2'));
      await complete(1);
      const changed: typeof findEnvironment = async (one) => {
        const environment = await findEnvironment(one);
        return (
          environment && {
            ...environment,
            update: environment.update.map((edit) => Object.assign({}, edit, { file: 'auto.yaml' })),
          }
        );
      };
      expect(await poll({ findEnvironment: changed })).toEqual(['merged']);
      expect(await store.find(update('app/api', '2'))).toMatchObject({
        state: 'committed',
        edits: [{ file: 'apps/api.yaml' }],
      });
    });

    test('without the value: superseded, with a warning', async () => {
      const { bare, worker, update, store, poll, complete } = await bench();
      await worker()(update('app/api', '2'));
      await commitTo(bare, branch, { 'apps/api.yaml': values('1'), 'other.yaml': 'a: 1\n' }, 'not this one');
      await complete(1);
      expect(await poll()).toEqual(['merged-without']);
      expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'superseded' });
      expect(await store.findMark(mark)).toBeUndefined();
    });

    test('and forced away before it was noticed: superseded once the host has shown it, and asked after no more', async () => {
      const { bare, worker, update, store, poll, complete } = await bench();
      const before = (await git(['rev-parse', 'main'], bare)).trim();
      await worker()(update('app/api', '2'));
      await complete(1);
      await git(['update-ref', 'refs/heads/main', before], bare);
      expect(await poll({ now: later })).toEqual(['merged-without']);
      expect(await store.find(update('app/api', '2'))).toMatchObject({
        state: 'superseded',
        reason: 'pull request 1 was merged, and its merge is no longer in the branch main',
      });
      expect(await poll({ now: later })).toEqual([]);
    });

    test('and rebased by a person before it was noticed: committed at the commit that holds the value', async () => {
      const { bare, worker, update, store, poll, complete } = await bench();
      const before = (await git(['rev-parse', 'main'], bare)).trim();
      await worker()(update('app/api', '2'));
      await complete(1);
      await git(['update-ref', 'refs/heads/main', before], bare);
      await commitFiles(bare, { 'apps/api.yaml': values('2') }, 'the same value, rebased');
      const commit = (await git(['rev-parse', 'main'], bare)).trim();
      await commitFiles(bare, { 'other.yaml': 'a: 1\n' }, 'after');
      expect(await poll({ now: later })).toEqual(['merged']);
      expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'committed', commit });
      expect(await store.findMark(mark)).toMatchObject({ tag: '2', commit });
    });

    test('noticed late: the mark stays at the newer commit of the same tag [markorder]', async () => {
      const { bare, worker, update, store, poll, complete } = await bench();
      await worker()(update('app/api', '2'));
      await complete(1);
      await commitTo(bare, 'main', { 'apps/api.yaml': values('1') }, 'revert');
      await commitTo(bare, 'main', { 'apps/api.yaml': values('2') }, 'again');
      const commit = (await git(['rev-parse', 'main'], bare)).trim();
      await store.updateMark(mark, () => ({ tag: '2', pushedAt: update('app/api', '2').pushedAt, commit }));
      expect(await poll()).toEqual(['merged']);
      expect(await store.findMark(mark)).toMatchObject({ tag: '2', commit });
    });

    test('a newer tag that comes before the timer notices both', async () => {
      const { worker, update, store, complete } = await bench();
      const apply = worker();
      await apply(update('app/api', '2'));
      await complete(1, { deletesBranch: true });
      expect(await apply(update('app/api', '3'))).toMatchObject({ kind: 'pull-request', number: 2, previous: '2' });
      expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'committed' });
      expect(await store.findMark(mark)).toMatchObject({ tag: '2' });
    });
  });

  describe('closed without merging', () => {
    test('is rejected; the same tag is not proposed again, nor an older one, and a newer one is', async () => {
      const { worker, update, store, poll, abandon, all } = await bench();
      const apply = worker();
      await apply(update('app/api', '5'));
      await abandon(1);
      expect(await poll()).toEqual(['pull-request-closed']);
      expect(await store.find(update('app/api', '5'))).toMatchObject({
        state: 'rejected',
        code: 'pull-request-closed',
      });
      expect(await apply(update('app/api', '5'))).toEqual({ kind: 'done-before', state: 'rejected' });
      expect(await apply(update('app/api', '4'))).toMatchObject({ kind: 'superseded', by: '5' });
      expect(await all()).toHaveLength(1);
      expect(await apply(update('app/api', '6'))).toMatchObject({ kind: 'pull-request', number: 2, previous: '1' });
    });

    test('a redelivery that comes before the timer respects it too', async () => {
      const { worker, update, store, abandon, all } = await bench();
      const apply = worker();
      await apply(update('app/api', '5'));
      await abandon(1);
      expect(await apply(update('app/api', '5'))).toEqual({ kind: 'done-before', state: 'rejected' });
      expect(await apply(update('app/api', '6'))).toMatchObject({ kind: 'pull-request', number: 2 });
      expect(await store.find(update('app/api', '5'))).toMatchObject({
        state: 'rejected',
        code: 'pull-request-closed',
      });
      expect(await all()).toHaveLength(2);
    });

    test('a person who replays it has it proposed again', async () => {
      const { worker, update, store, poll, abandon, get } = await bench();
      const apply = worker();
      await apply(update('app/api', '5'));
      await abandon(1);
      await poll();
      const replay = replayOf(update('app/api', '5'), 1);
      expect(await apply(replay)).toMatchObject({ kind: 'pull-request', number: 2 });
      expect(await store.find(update('app/api', '5'))).toMatchObject({
        state: 'rejected',
        code: 'pull-request-closed',
      });
      expect(await store.find(replay)).toMatchObject({ state: 'pull-request', pullRequest: { number: 2 } });
      expect(await get(2)).toMatchObject({ state: 'active' });
    });

    test('written to the target by a person after all: committed', async () => {
      const { bare, worker, update, store, poll, abandon } = await bench();
      const apply = worker();
      await apply(update('app/api', '5'));
      await abandon(1);
      await poll();
      await commitFiles(bare, { 'apps/api.yaml': values('5') }, 'by hand');
      expect(await apply(update('app/api', '5'))).toMatchObject({ kind: 'up-to-date' });
      expect(await store.find(update('app/api', '5'))).toMatchObject({ state: 'committed' });
    });
  });

  describe('closed, noticed, and re-opened', () => {
    test('then merged: it ends as if it had never been closed', async () => {
      const { bare, worker, update, store, poll, abandon, reopen, complete } = await bench();
      const apply = worker();
      await apply(update('app/api', '5'));
      await abandon(1);
      expect(await poll()).toEqual(['pull-request-closed']);
      await reopen(1);
      expect(await poll()).toEqual(['pull-request-reopened']);
      expect(await store.find(update('app/api', '5'))).toMatchObject({
        state: 'pull-request',
        pullRequest: { number: 1 },
      });
      expect(await poll()).toEqual([]);
      await complete(1);
      expect(await poll()).toEqual(['merged']);
      const commit = (await git(['rev-parse', 'main'], bare)).trim();
      const record = await store.find(update('app/api', '5'));
      expect(record).toMatchObject({ state: 'committed', commit, branch: 'main', pullRequest: { number: 1 } });
      expect(record).not.toHaveProperty('code');
      expect(await store.findMark(mark)).toMatchObject({ tag: '5', commit });
      expect(await store.sourceBranches()).toEqual([]);
    });

    test('a worker that dies before it has recorded that: the next look does', async () => {
      const { worker, update, store, poll, abandon, reopen } = await bench();
      await worker()(update('app/api', '5'));
      await abandon(1);
      await poll();
      await reopen(1);
      for (const step of ['update', 'updateSourceBranch'] as const) {
        const dead = { ...store, [step]: () => Promise.reject(new Error('killed')) };
        await expect(poll({ store: dead })).rejects.toThrow('killed');
      }
      expect(await poll()).toEqual(['pull-request-reopened']);
      expect(await store.find(update('app/api', '5'))).toMatchObject({ state: 'pull-request' });
      expect(await store.sourceBranches()).toMatchObject([{ pullRequest: { number: 1 } }]);
    });

    test('and merged between two looks: committed, and a late older tag is superseded', async () => {
      const { worker, update, store, poll, abandon, reopen, complete } = await bench();
      const apply = worker();
      await apply(update('app/api', '5'));
      await abandon(1);
      await poll();
      await reopen(1);
      await complete(1, { deletesBranch: true });
      expect(await poll()).toEqual(['merged']);
      expect(await store.find(update('app/api', '5'))).toMatchObject({ state: 'committed' });
      expect(await store.findMark(mark)).toMatchObject({ tag: '5' });
      expect(await apply(update('app/api', '4'))).toMatchObject({ kind: 'superseded' });
    });

    test('while a newer tag is delivered: the pull request proposes the newer one', async () => {
      const { worker, update, store, poll, abandon, reopen, complete } = await bench();
      const apply = worker();
      await apply(update('app/api', '5'));
      await abandon(1);
      await poll();
      await reopen(1);
      expect(await apply(update('app/api', '6'))).toMatchObject({ kind: 'pull-request', number: 1 });
      expect(await poll()).toEqual([]);
      await complete(1);
      expect(await poll()).toEqual(['merged']);
      expect(await store.find(update('app/api', '6'))).toMatchObject({ state: 'committed' });
      expect(await store.find(update('app/api', '5'))).toMatchObject({ state: 'superseded' });
    });

    test('a closed one is forgotten after 30 days', async () => {
      const { worker, update, store, poll, abandon, reopen } = await bench();
      await worker()(update('app/api', '5'));
      await abandon(1);
      await poll();
      const day = 24 * 60 * 60_000;
      await poll({ now: () => new Date(Date.now() + 30 * day - 600_000) });
      expect(await store.sourceBranches()).toHaveLength(1);
      await poll({ now: () => new Date(Date.now() + 31 * day + 60_000) });
      expect(await store.sourceBranches()).toEqual([]);
      await reopen(1);
      expect(await poll()).toEqual([]);
    });
  });

  /** The target gets a newer tag by hand, so the pull request of 5 has nothing left. */
  async function closedByTagrelay() {
    const made = await bench();
    const { bare, worker, update, store, get } = made;
    const five = update('app/api', '5');
    await worker()(five);
    const head = (await git(['rev-parse', branch], bare)).trim();
    await commitFiles(bare, { 'apps/api.yaml': values('9') }, 'by hand');
    await made.until(1, { hasConflicts: true });
    expect(await made.poll()).toEqual([]);
    expect(await get(1)).toMatchObject({ state: 'abandoned' });
    expect(await store.find(five)).toMatchObject({ state: 'superseded' });
    const restore = async () => {
      await commitFiles(bare, { 'apps/api.yaml': values('1') }, 'Revert');
      await git(['branch', '--force', branch, head], bare);
      await made.reopen(1);
    };
    return { ...made, five, restore };
  }

  describe('closed by tagrelay, and re-opened by a person', () => {
    test('then merged: it ends as if it had never been closed', async () => {
      const { bare, five, restore, poll, complete, get, store } = await closedByTagrelay();
      await restore();
      expect(await poll()).toEqual([]);
      expect(await get(1)).toMatchObject({ state: 'active' });
      await complete(1, { deletesBranch: true });
      expect(await poll()).toEqual(['merged']);
      const commit = (await git(['rev-parse', 'main'], bare)).trim();
      expect(await store.find(five)).toMatchObject({ state: 'committed', commit, pullRequest: { number: 1 } });
      expect(await store.findMark(mark)).toMatchObject({ tag: '5', commit });
      expect(await store.sourceBranches()).toEqual([]);
    });

    test('a newer tag joins it', async () => {
      const { restore, worker, update, poll, complete, store } = await closedByTagrelay();
      await restore();
      expect(await worker()(update('app/api', '10'))).toMatchObject({ kind: 'pull-request', number: 1 });
      expect(await poll()).toEqual([]);
      await complete(1);
      expect(await poll()).toEqual(['merged']);
      expect(await store.find(update('app/api', '10'))).toMatchObject({ state: 'committed' });
    });

    test('left closed, it is forgotten after 30 days', async () => {
      const { poll, store } = await closedByTagrelay();
      expect(await store.sourceBranches()).toMatchObject([{ closed: [{ number: 1, closedBy: 'tagrelay' }] }]);
      await poll({ now: () => new Date(Date.now() + 31 * 24 * 60 * 60_000) });
      expect(await store.sourceBranches()).toEqual([]);
    });
  });

  describe('retargeted by a person', () => {
    test('and merged into another branch: superseded with the reason, and no mark', async () => {
      const { bare, worker, update, store, poll, retarget, complete, show } = await bench();
      await git(['branch', 'other', 'main'], bare);
      await worker()(update('app/api', '5'));
      await retarget(1, 'other');
      await complete(1);
      expect(await poll()).toEqual(['merged-without']);
      expect(await show('main')).toBe(values('1'));
      expect(await show('other')).toBe(values('5'));
      const record = await store.find(update('app/api', '5'));
      expect(record).toMatchObject({
        state: 'superseded',
        reason: 'pull request 1 was merged into other, not into main',
      });
      expect(record).not.toHaveProperty('commit');
      expect(await store.findMark(mark)).toBeUndefined();
      expect(await worker()(update('app/api', '6'))).toMatchObject({ kind: 'pull-request', number: 2, previous: '1' });
    });

    test('and noticed by the next tag: the same', async () => {
      const { bare, worker, update, store, retarget, complete } = await bench();
      await git(['branch', 'other', 'main'], bare);
      await worker()(update('app/api', '5'));
      await retarget(1, 'other');
      await complete(1, { deletesBranch: true });
      expect(await worker()(update('app/api', '6'))).toMatchObject({ kind: 'pull-request', number: 2, previous: '1' });
      expect(await store.find(update('app/api', '5'))).toMatchObject({ state: 'superseded' });
    });
  });

  describe('somebody else has pushed to the branch', () => {
    test('auto-complete is switched off by the timer, and nothing is pushed over it', async () => {
      const { bare, worker, update, get, poll, show, guard } = await bench();
      await guard();
      const apply = worker();
      await apply(update('auto', '2'));
      expect((await get(1)).autoCompletes).toBe(true);
      await commitTo(bare, 'tagrelay/auto/auto', { 'other.yaml': 'a: 1\n' }, 'mine');
      await poll();
      expect((await get(1)).autoCompletes).toBe(false);
      const head = await git(['rev-parse', 'tagrelay/auto/auto'], bare);
      expect(await apply(update('auto', '3'))).toMatchObject({
        kind: 'failed',
        failure: { code: 'pull-request-taken-over', kind: 'retryable' },
      });
      expect(await git(['rev-parse', 'tagrelay/auto/auto'], bare)).toBe(head);
      expect(await show('tagrelay/auto/auto', 'auto.yaml')).toBe(values('2'));
    });

    test('a newer tag switches it off as well', async () => {
      const { bare, worker, update, get, guard } = await bench();
      await guard();
      const apply = worker();
      await apply(update('auto', '2'));
      await commitTo(bare, 'tagrelay/auto/auto', { 'auto.yaml': values('7') }, 'mine');
      expect(await apply(update('auto', '3'))).toMatchObject({ failure: { code: 'pull-request-taken-over' } });
      expect((await get(1)).autoCompletes).toBe(false);
    });

    test('once their pull request is merged, updates go on', async () => {
      const { bare, worker, update, complete, store } = await bench();
      const apply = worker();
      await apply(update('app/api', '2'));
      await commitTo(bare, branch, { 'other.yaml': 'a: 1\n' }, 'mine');
      expect(await apply(update('app/api', '3'))).toMatchObject({ kind: 'failed' });
      await complete(1, { deletesBranch: true });
      expect(await apply(update('app/api', '3'))).toMatchObject({ kind: 'pull-request', number: 2, previous: '2' });
      expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'committed' });
    });

    test('a branch of that name that was never ours is left alone', async () => {
      const { bare, worker, update, all } = await bench();
      await git(['branch', branch, 'main'], bare);
      await commitTo(bare, branch, { 'other.yaml': 'a: 1\n' }, 'mine');
      expect(await worker()(update('app/api', '2'))).toMatchObject({ failure: { code: 'pull-request-taken-over' } });
      expect(await all()).toEqual([]);
      await git(['branch', '-D', branch], bare);
      expect(await worker()(update('app/api', '2'))).toMatchObject({ kind: 'pull-request' });
    });
  });

  test('a route that is gone by the merge: the update is superseded, and nothing else is touched', async () => {
    const { worker, update, complete, poll, store } = await bench();
    await worker()(update('app/api', '2'));
    await complete(1);
    expect(await poll({ findEnvironment: () => Promise.resolve(undefined) })).toEqual(['merged-without']);
    expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'superseded' });
  });

  test('a failure of one repository is logged, and the next look goes on', async () => {
    const { failOnce, worker, update, complete, poll, store } = await bench();
    await worker()(update('app/api', '2'));
    await complete(1);
    failOnce();
    expect(await poll()).toEqual(['pull-request-not-followed']);
    expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'pull-request' });
    expect(await poll()).toEqual(['merged']);
  });
});
