import { describe, expect, test } from 'vitest';
import type { DeliverDeps } from '../../../src/lib/delivery/delivery.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import { branch, dying, mark, hosts, values } from '../../support/pull-requests/bench.ts';
import { commitFiles } from '../../support/platform.ts';

describe.each(hosts)('on %s', (_host, bench) => {
  describe('the intent of a push is recorded before it', () => {
    test('the worker died after the push: one commit, one pull request', async () => {
      const { worker, update, store, all, log } = await bench();
      await expect(worker(dying(store))(update('app/api', '2'))).rejects.toThrow('killed');
      expect(await all()).toHaveLength(1);
      expect(await store.find(update('app/api', '2'))).toBeUndefined();
      expect(await worker()(update('app/api', '2'))).toMatchObject({ kind: 'pull-request', number: 1 });
      expect(await all()).toHaveLength(1);
      expect(await log(`main..${branch}`)).toHaveLength(1);
      expect(await store.sourceBranches()).toMatchObject([{ announced: [], pullRequest: { number: 1 } }]);
    });

    test('the worker died after the push, and a person closed the pull request before the redelivery', async () => {
      const { worker, update, store, all, abandon } = await bench();
      await expect(worker(dying(store))(update('app/api', '2'))).rejects.toThrow('killed');
      await abandon(1);
      expect(await worker()(update('app/api', '2'))).toEqual({ kind: 'done-before', state: 'rejected' });
      expect(await all()).toHaveLength(1);
    });

    test('the worker died after the push of a newer tag, it was merged, and a person reverted: the revert stays', async () => {
      const { bare, worker, update, store, complete, all } = await bench();
      await worker()(update('app/api', '2'));
      await expect(worker(dying(store))(update('app/api', '3'))).rejects.toThrow('killed');
      await complete(1, { deletesBranch: true });
      await commitFiles(bare, { 'apps/api.yaml': values('1') }, 'Revert');
      expect(await worker()(update('app/api', '3'))).toMatchObject({ kind: 'done-before', state: 'committed' });
      expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'superseded' });
      expect(await store.findMark(mark)).toMatchObject({ tag: '3' });
      expect(await all()).toHaveLength(1);
    });

    test.each(['its record', 'the record of the older tag'])(
      '[late] the worker died after the push of a newer tag, before it wrote %s: the older one ends superseded',
      async (which) => {
        const { worker, update, store, complete, poll } = await bench();
        await worker()(update('app/api', '2'));
        const dead = which === 'its record' ? '3' : '2';
        const killed: DeliverDeps['store'] = {
          ...store,
          update: (key, change) =>
            key.id === update('app/api', dead).id ? Promise.reject(new Error('killed')) : store.update(key, change),
        };
        await expect(worker({ store: killed })(update('app/api', '3'))).rejects.toThrow('killed');
        await worker()(update('app/api', '3'));
        expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'superseded', supersededBy: '3' });
        await complete(1, { deletesBranch: true });
        await poll();
        expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'superseded' });
        expect(await store.find(update('app/api', '3'))).toMatchObject({ state: 'committed' });
      },
    );

    test.each([
      ['push', 'after'],
      ['push', 'before'],
      ['open', 'after'],
      ['open', 'before'],
    ] as const)('the answer to %s is lost, %s it was done: one commit, one pull request', async (step, when) => {
      const { loseAnswer, worker, update, all, log, store } = await bench();
      loseAnswer(step, when);
      expect(await worker()(update('app/api', '2'))).toMatchObject({ kind: 'pull-request', number: 1 });
      expect(await all()).toHaveLength(1);
      expect(await log(`main..${branch}`)).toHaveLength(1);
      expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'pull-request' });
    });

    test('an intent whose write lost its answer is removed once its push can no longer land', async () => {
      const { worker, update, store, poll } = await bench();
      const lost = new Failure('storage-unavailable', 'no answer');
      let writes = 0;
      const losing: DeliverDeps['store'] = {
        ...store,
        updateSourceBranch: async (...args) => {
          await store.updateSourceBranch(...args);
          writes += 1;
          if (writes === 1) throw lost;
        },
      };
      const api = update('app/api', '2');
      expect(await worker({ store: losing })(api)).toMatchObject({ kind: 'failed', failure: lost });
      expect(await store.sourceBranches()).toMatchObject([{ announced: [{ ids: [api.id] }] }]);
      await poll();
      expect(await store.sourceBranches()).toHaveLength(1);
      await poll({ now: () => new Date(Date.now() + 11 * 60_000) });
      expect(await store.sourceBranches()).toEqual([]);
      expect(await worker()(api)).toMatchObject({ kind: 'pull-request', number: 1 });
    });

    test('the worker died after the push, and its message never came back: the clock opens the pull request', async () => {
      const { worker, update, store, all, poll } = await bench();
      const api = update('app/api', '2');
      await expect(worker(dying(store))(api)).rejects.toThrow('killed');
      await poll({ now: () => new Date(Date.now() + 11 * 60_000) });
      expect(await store.sourceBranches()).toMatchObject([{ announced: [], pullRequest: { number: 1 } }]);
      expect(await store.find(api)).toMatchObject({ state: 'pull-request' });
      expect(await all()).toHaveLength(1);
    });

    test('the store has lost everything: our branch is known by its trailers', async () => {
      const { worker, update, store, all, log, repository } = await bench();
      await worker()(update('app/api', '2'));
      for (const { source } of await store.sourceBranches())
        await store.updateSourceBranch(`${repository}#${source}`, () => 'cleared');
      await store.remove(update('app/api', '2'));
      expect(await store.sourceBranches()).toEqual([]);
      expect(await worker()(update('app/api', '2'))).toMatchObject({ kind: 'pull-request', number: 1 });
      expect(await log(`main..${branch}`)).toHaveLength(1);
      expect(await store.sourceBranches()).toMatchObject([
        { pullRequest: { number: 1 }, updates: [{ image: { tag: '2' } }] },
      ]);
      expect(await worker()(update('app/api', '3'))).toMatchObject({ kind: 'pull-request', number: 1 });
      expect(await all()).toHaveLength(1);
      expect(await log(`main..${branch}`)).toHaveLength(2);
    });
  });

  describe('compare-and-swap', () => {
    test('four workers, eight tags: one pull request with the newest, and every record ends so', async () => {
      const { worker, update, all, show, store } = await bench();
      const tags = ['2', '3', '4', '5', '6', '7', '8', '9'];
      const workers = [worker(), worker(), worker(), worker()];
      const outcomes = await Promise.all(
        tags.map((tag, index) => (workers[index % 4] ?? worker())(update('app/api', tag))),
      );
      expect(outcomes.filter(({ kind }) => kind === 'failed')).toEqual([]);
      expect(await all()).toHaveLength(1);
      expect(await show(branch)).toBe(values('9'));
      expect(await store.find(update('app/api', '9'))).toMatchObject({ state: 'pull-request' });
    });
  });
});
