import { describe, expect, test } from 'vitest';
import { hosts, values } from '../../support/pull-requests/bench.ts';

const at = '2026-11-20T10:00:00.000Z';
const order = { environment: 'auto', until: '2126-11-20T12:00:00.000Z', reason: 'incident 17', actor: 'kim', at };
const inHours = (count: number) => () => new Date(Date.now() + count * 3_601_000);
const sourceBranch = 'tagrelay/auto/auto';

describe.each(hosts)('on %s a freeze stops the auto-complete of the Git host', (_host, open) => {
  /** A pull request with auto-complete, which waits for a policy. */
  async function bench() {
    const world = await open();
    await world.guard();
    await world.worker()(world.update('auto', '2'));
    await world.until(1, { autoCompletes: true });
    const key = `${world.openRepositories().open(world.repository).key}#${sourceBranch}`;
    return { ...world, row: () => world.store.findSourceBranch(key) };
  }

  test('and tagrelay completes the pull request after the freeze, at its head', async () => {
    const { freezeStore, poll, get, row, unguard, until, show, store, update } = await bench();
    await freezeStore.put(order, 'a');
    expect(await poll()).toContain('auto-complete-taken-over');
    expect(await get(1)).toMatchObject({ state: 'active', autoCompletes: false });
    expect((await row())?.completion?.refused).toContain('incident 17');
    await unguard();
    await poll({ now: inHours(1) });
    expect(await get(1)).toMatchObject({ state: 'active' });
    await freezeStore.remove(order);
    await poll({ now: inHours(2) });
    await until(1, { state: 'completed' });
    await poll();
    expect(await show('main', 'auto.yaml')).toBe(values('2'));
    expect(await store.find(update('auto', '2'))).toMatchObject({ state: 'committed' });
  });

  test('a newer tag in the pull request leaves it to tagrelay', async () => {
    const { freezeStore, poll, get, row, worker, update } = await bench();
    await freezeStore.put(order, 'a');
    await poll();
    await freezeStore.remove(order);
    expect(await worker()(update('auto', '3'))).toMatchObject({ kind: 'pull-request', number: 1 });
    expect(await get(1)).toMatchObject({ state: 'active', autoCompletes: false });
    expect((await row())?.completion).toBeDefined();
  });

  test('a freeze of another environment changes nothing', async () => {
    const { freezeStore, poll, get, row } = await bench();
    await freezeStore.put({ ...order, environment: 'prod' }, 'a');
    expect(await poll()).toEqual([]);
    expect(await get(1)).toMatchObject({ autoCompletes: true });
    expect((await row())?.completion).toBeUndefined();
  });
});
