import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../../src/lib/promotion/verdict.ts';
import { commitTo } from '../../support/platform.ts';
import { hosts, values } from '../../support/pull-requests/bench.ts';

const sourceBranch = 'tagrelay/held/held';
const inWindow = new Date('2030-01-01T12:00:00Z');

describe.each(hosts)('[ownmerge] on %s tagrelay completes a pull request that windows can hold back', (_host, open) => {
  async function bench() {
    const world = await open();
    const key = `${world.openRepositories().open(world.repository).key}#${sourceBranch}`;
    const row = () => world.store.findSourceBranch(key);
    return { ...world, row };
  }

  test('the Git host does not complete it by itself; the next look does', async () => {
    const { worker, update, get, until, poll, show, store } = await bench();
    expect(await worker()(update('held', '2'))).toMatchObject({ kind: 'pull-request', number: 1 });
    expect(await get(1)).toMatchObject({ state: 'active', autoCompletes: false });
    await poll();
    await until(1, { state: 'completed' });
    await poll();
    expect(await show('main', 'held.yaml')).toBe(values('2'));
    expect(await store.find(update('held', '2'))).toMatchObject({ state: 'committed' });
  });

  test('not in a closed window', async () => {
    const { worker, update, get, until, poll, row } = await bench();
    await worker()(update('held', '2'));
    await poll({ now: () => inWindow });
    expect(await get(1)).toMatchObject({ state: 'active' });
    expect((await row())?.completion).toMatchObject({ at: '2030-01-01T13:00:00.000Z' });
    expect((await row())?.completion?.refused).toContain('holidays');
    await poll({ now: () => new Date('2030-01-02T00:00:01Z') });
    await until(1, { state: 'completed' });
  });

  test('a policy that refuses is asked again after 5 min', async () => {
    const { worker, update, get, poll, row, guard } = await bench();
    await guard();
    await worker()(update('held', '2'));
    const now = new Date();
    await poll({ now: () => now });
    expect(await get(1)).toMatchObject({ state: 'active', autoCompletes: false });
    expect(await row()).toMatchObject({ completion: { at: new Date(now.getTime() + 300_000).toISOString() } });
    expect((await row())?.completion?.refused).toBeTypeOf('string');
  });

  test('not while a source holds the image back', async () => {
    const { worker, update, get, until, poll, row } = await bench();
    const { id } = update('held', '2');
    const judgedAs = (verdict: Verdict) => ({ judge: () => Promise.resolve(new Map([[id, verdict]])) });
    const promoted = judgedAs({ kind: 'promoted', isAtSources: true, sources: [] });
    await worker(promoted)(update('held', '2'));
    await poll(judgedAs({ kind: 'refused', code: 'taken-back', reason: 'staging no longer holds 2' }));
    expect(await get(1)).toMatchObject({ state: 'active' });
    expect(await row()).toMatchObject({ completion: { refused: 'staging no longer holds 2' } });
    await poll({ ...promoted, now: () => new Date(Date.now() + 301_000) });
    await until(1, { state: 'completed' });
  });

  test('the text of a promotion names its sources and since when they are healthy', async () => {
    const { worker, update, get } = await bench();
    const sources = [
      { environment: 'weu', since: '2026-11-20T10:00:00.000Z' },
      { environment: 'neu', since: '2026-11-20T11:30:00.000Z' },
    ];
    const verdict: Verdict = { kind: 'promoted', isAtSources: true, sources };
    await worker({ judge: () => Promise.resolve(new Map([[update('held', '2').id, verdict]])) })(update('held', '2'));
    expect((await get(1)).description).toContain(
      'Promotes 2 from weu, healthy since 2026-11-20 10:00 UTC; from neu, healthy since 2026-11-20 11:30 UTC.',
    );
  });

  test('never a commit of somebody else', async () => {
    const { bare, worker, update, get, poll } = await bench();
    await worker()(update('held', '2'));
    await commitTo(bare, sourceBranch, { 'other.yaml': 'a: 1\n' }, 'mine');
    await poll();
    expect(await get(1)).toMatchObject({ state: 'active' });
  });
});
