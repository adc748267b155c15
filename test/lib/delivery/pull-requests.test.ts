import { describe, expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { parseTrailers } from '../../../src/lib/model/trailers.ts';
import { replayOf } from '../../../src/lib/model/tag-update.ts';
import { branch, mark, hosts, values } from '../../support/pull-requests/bench.ts';
import { makeAsker, startStandIn } from '../../support/registry.ts';
import { commitCount, commitFiles, fileAtTip } from '../../support/platform.ts';

describe.each(hosts)('on %s', (_host, bench) => {
  describe('opening', () => {
    test('a pull request with a change table and trailers; the target is untouched', async () => {
      const { bare, worker, update, store, all, get, show, firstUrl: url } = await bench();
      const outcome = await worker()(update('app/api', '2'));
      expect(outcome).toEqual({ kind: 'pull-request', number: 1, url, branch, groupSize: 1, previous: '1' });
      expect(await all()).toHaveLength(1);
      const opened = await get(1);
      expect(opened).toMatchObject({
        title: 'deploy(app/api): prod 1 → 2',
        source: branch,
        target: 'main',
        isDraft: false,
        autoCompletes: false,
      });
      expect(opened.description).toContain('| `app/api` | `prod` | `1` | `2` |');
      const [trailer] = parseTrailers(opened.description);
      expect(trailer).toMatchObject({ route: 'app/api', id: update('app/api', '2').id, previous: '1' });
      expect(await show(branch)).toBe(values('2'));
      expect(parseTrailers(await git(['log', '-1', '--format=%B', branch], bare))).toEqual([trailer]);
      expect(await fileAtTip(bare, 'apps/api.yaml')).toBe(values('1'));
      expect(await store.find(update('app/api', '2'))).toMatchObject({
        state: 'pull-request',
        pullRequest: { number: 1, url },
        previous: '1',
        branch: 'main',
      });
      expect(await store.findMark(mark)).toBeUndefined();
    });

    test('auto-complete with the strategy of the route: the merge is noticed, and the record is committed', async () => {
      const { bare, worker, update, store, until, poll } = await bench();
      await worker()(update('auto', '2'));
      await until(1, { state: 'completed' });
      expect(await fileAtTip(bare, 'auto.yaml')).toBe(values('2'));
      expect(await commitCount(bare)).toBe(2);
      const message = await git(['log', '-1', '--format=%B', 'main'], bare);
      expect(message.split('\n')[0]).toBe('deploy(auto): auto 1 → 2');
      expect(parseTrailers(message)).toMatchObject([{ id: update('auto', '2').id }]);
      expect(await poll()).toEqual(['merged']);
      expect(await store.find(update('auto', '2'))).toMatchObject({ state: 'committed', pullRequest: { number: 1 } });
      expect(await store.sourceBranches()).toEqual([]);
      expect(await poll()).toEqual([]);
    });

    test('the same update twice, by two workers at once or later, is one pull request with one commit', async () => {
      const { worker, update, all, log } = await bench();
      const outcomes = await Promise.all([worker()(update('app/api', '2')), worker()(update('app/api', '2'))]);
      expect(outcomes.map(({ kind }) => kind)).not.toContain('failed');
      expect(await worker()(update('app/api', '2'))).toEqual({ kind: 'done-before', state: 'pull-request' });
      expect(await all()).toHaveLength(1);
      expect(await log(`main..${branch}`)).toHaveLength(1);
    });

    test('routes have branches of their own, also where one is the beginning of another', async () => {
      const { worker, update, all } = await bench();
      const apply = worker();
      await Promise.all([apply(update('app/api', '2')), apply(update('app/web', '3'))]);
      expect((await all()).map(({ source }) => source).toSorted()).toEqual([
        'tagrelay/app+api/prod',
        'tagrelay/app+web/prod',
      ]);
    });

    test('a value that the target holds already is committed without a pull request', async () => {
      const { worker, update, all, store } = await bench();
      expect(await worker()(update('app/api', '1'))).toMatchObject({ kind: 'up-to-date' });
      expect(await all()).toEqual([]);
      expect(await store.find(update('app/api', '1'))).toMatchObject({ state: 'committed' });
    });
  });

  describe('a newer tag', () => {
    test('updates the open pull request instead of opening another', async () => {
      const { worker, update, all, get, show, store, log } = await bench();
      const apply = worker();
      await apply(update('app/api', '2'));
      expect(await apply(update('app/api', '3'))).toMatchObject({ kind: 'pull-request', number: 1, previous: '1' });
      expect(await all()).toHaveLength(1);
      expect(await show(branch)).toBe(values('3'));
      expect(await log(`main..${branch}`)).toEqual(['deploy(app/api): prod 2 → 3', 'deploy(app/api): prod 1 → 2']);
      const { title, description } = await get(1);
      expect(title).toBe('deploy(app/api): prod 1 → 3');
      expect(parseTrailers(description).map(({ id }) => id)).toEqual([update('app/api', '3').id]);
      expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'superseded' });
      expect(await store.find(update('app/api', '3'))).toMatchObject({ state: 'pull-request' });
    });

    test('an older one than the pull request proposes is superseded', async () => {
      const { worker, update, show, log } = await bench();
      const apply = worker();
      await apply(update('app/api', '5'));
      expect(await apply(update('app/api', '4'))).toMatchObject({ kind: 'superseded', by: '5' });
      expect(await show(branch)).toBe(values('5'));
      expect(await log(`main..${branch}`)).toHaveLength(1);
    });

    test('by push time: the pull request counts as much as the file', async () => {
      const { worker, update } = await bench();
      const apply = worker();
      expect(await apply(update('latest', 'b', at(2)))).toMatchObject({ kind: 'pull-request' });
      expect(await apply(update('latest', 'a', at(1)))).toMatchObject({ kind: 'superseded', by: 'b' });
      expect(await apply(update('latest', 'c', at(3)))).toMatchObject({ kind: 'pull-request', number: 1 });
    });

    test('the mark counts as well', async () => {
      const { bare, worker, update, poll, complete, all } = await bench();
      const apply = worker();
      await apply(update('app/api', '5'));
      await complete(1);
      await poll();
      await commitFiles(bare, { 'apps/api.yaml': values('3') }, 'Revert to 3');
      expect(await apply(update('app/api', '4'))).toMatchObject({ kind: 'superseded', by: '5' });
      expect(await apply(update('app/api', '5'))).toMatchObject({ kind: 'done-before', state: 'committed' });
      expect(await all()).toHaveLength(1);
      expect(await apply(update('app/api', '6'))).toMatchObject({ kind: 'pull-request', number: 2 });
    });

    test('where the target has moved under the same scalar, the branch is made anew from its tip', async () => {
      const { bare, worker, update, show, log, complete, poll } = await bench();
      const apply = worker();
      await apply(update('app/api', '5'));
      await commitFiles(bare, { 'apps/api.yaml': values('3') }, 'by hand');
      expect(await apply(update('app/api', '6'))).toMatchObject({ kind: 'pull-request', number: 1, previous: '3' });
      expect(await log(`main..${branch}`)).toEqual(['deploy(app/api): prod 3 → 6']);
      expect(await git(['merge-base', 'main', branch], bare)).toBe(await git(['rev-parse', 'main'], bare));
      expect(await show(branch)).toBe(values('6'));
      expect(await git(['branch', '--list', '*=new'], bare)).toBe('');
      await complete(1);
      expect(await poll()).toEqual(['merged']);
    });

    test('where the target has moved elsewhere, the branch only grows', async () => {
      const { bare, worker, update, log } = await bench();
      const apply = worker();
      await apply(update('app/api', '5'));
      await commitFiles(bare, { 'apps/web.yaml': values('9') }, 'something else');
      await apply(update('app/api', '6'));
      expect(await log(`main..${branch}`)).toHaveLength(2);
    });

    test('a rebuild of the proposed tag takes its place where the digest is written', async () => {
      const { worker, update, all, show } = await bench();
      const standIn = await startStandIn({ loginServer: 'contoso.azurecr.io' });
      const { registry } = makeAsker({ localEndpoints: { 'contoso.azurecr.io': standIn.url } });
      const apply = worker({ registry });
      const digest = standIn.pushImage({ repository: 'digest', tag: '2' });
      expect(await apply(update('digest', '2'))).toMatchObject({ kind: 'pull-request', number: 1 });
      expect(await show('tagrelay/digest/prod', 'digest.yaml')).toContain(digest);
      const rebuilt = standIn.pushImage({ repository: 'digest', tag: '2', labels: { again: 'yes' } });
      expect(rebuilt).not.toBe(digest);
      expect(await apply(update('digest', '2'))).toMatchObject({ kind: 'pull-request', number: 1 });
      expect(await show('tagrelay/digest/prod', 'digest.yaml')).toContain(rebuilt);
      expect(await apply(update('digest', '3'))).toMatchObject({ failure: { code: 'image-not-pushed' } });
      expect(await all()).toHaveLength(1);
    });

    test('a replay of what is proposed takes its place, without another push', async () => {
      const { worker, update, store, log, complete, poll } = await bench();
      const apply = worker();
      await apply(update('app/api', '5'));
      const replay = replayOf(update('app/api', '5'), 1);
      const outcome = await apply(replay);
      expect(['pull-request', 'superseded']).toContain(outcome.kind);
      expect(await log(`main..${branch}`)).toHaveLength(1);
      await complete(1);
      await poll();
      const ends = await Promise.all(
        [replay, update('app/api', '5')].map(async (one) => (await store.find(one))?.state),
      );
      expect(ends).toContain('committed');
      expect(ends).not.toContain('pull-request');
    });

    test('after a squash that left the branch, the next pull request brings only what is new', async () => {
      const { bare, worker, update, log, complete, show } = await bench();
      const apply = worker();
      await apply(update('app/api', '5'));
      await complete(1, { strategy: 'squash' });
      expect(await git(['branch', '--list', branch], bare)).not.toBe('');
      expect(await apply(update('app/api', '6'))).toMatchObject({ kind: 'pull-request', number: 2, previous: '5' });
      expect(await log(`main..${branch}`)).toEqual(['deploy(app/api): prod 5 → 6']);
      expect(await show(branch)).toBe(values('6'));
    });
  });

  describe('conflicts', () => {
    test('a pull request that conflicts is made anew by the timer', async () => {
      const { bare, worker, update, until, poll, complete } = await bench();
      await worker()(update('app/api', '5'));
      await commitFiles(bare, { 'apps/api.yaml': values('3') }, 'by hand');
      await until(1, { hasConflicts: true });
      await poll();
      await complete(1);
      expect(await fileAtTip(bare, 'apps/api.yaml')).toBe(values('5'));
    });

    test('a conflict beside the value is one too', async () => {
      const { bare, worker, update, until, poll, log, complete } = await bench();
      await worker()(update('app/api', '5'));
      await commitFiles(bare, { 'apps/api.yaml': `image: # of the API\n  tag: "1"\n` }, 'by hand');
      await until(1, { hasConflicts: true });
      await poll();
      expect(await log(`main..${branch}`)).toHaveLength(1);
      await complete(1);
      expect(await fileAtTip(bare, 'apps/api.yaml')).toBe(`image: # of the API\n  tag: "5"\n`);
    });

    test('where the target holds a newer tag by then, the pull request is taken back', async () => {
      const { bare, worker, update, until, poll, store, get } = await bench();
      await worker()(update('app/api', '5'));
      await commitFiles(bare, { 'apps/api.yaml': values('9') }, 'by hand');
      await until(1, { hasConflicts: true });
      await poll();
      expect(await get(1)).toMatchObject({ state: 'abandoned' });
      expect(await git(['branch', '--list', 'tagrelay/*'], bare)).toBe('');
      expect(await store.find(update('app/api', '5'))).toMatchObject({ state: 'superseded' });
      // A person can re-open it.
      expect(await store.sourceBranches()).toMatchObject([{ updates: [], closed: [{ number: 1 }] }]);
    });
  });
});

const at = (day: number) => `2026-11-0${day}T00:00:00.000Z`;
