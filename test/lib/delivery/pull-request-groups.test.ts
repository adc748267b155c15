import { describe, expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { parseTrailers } from '../../../src/lib/model/trailers.ts';
import { hosts, values } from '../../support/pull-requests/bench.ts';
import { commitFiles, commitTo } from '../../support/platform.ts';

describe.each(hosts)('on %s', (_host, bench) => {
  test('takes the updates of all its routes, and grows', async () => {
    const { worker, update, all, get, show, store } = await bench();
    const apply = worker();
    const outcomes = await Promise.all([apply(update('group/api', '2')), apply(update('group/web', '3'))]);
    expect(outcomes).toMatchObject([
      { kind: 'pull-request', number: 1, branch: 'tagrelay-group/all', groupSize: 2 },
      { kind: 'pull-request', number: 1, branch: 'tagrelay-group/all', groupSize: 2 },
    ]);
    await apply(update('group/api', '4'));
    expect(await all()).toHaveLength(1);
    expect(await show('tagrelay-group/all', 'group/api.yaml')).toBe(values('4'));
    expect(await show('tagrelay-group/all', 'group/web.yaml')).toBe(values('3'));
    const { title, description } = await get(1);
    expect(title).toBe('deploy: 2 image updates');
    expect(parseTrailers(description).map(({ image }) => image)).toEqual([
      'contoso.azurecr.io/group/web:3',
      'contoso.azurecr.io/group/api:4',
    ]);
    expect(await store.find(update('group/web', '3'))).toMatchObject({ state: 'pull-request' });
  });

  test('one bad update holds up no other, and each record ends by its own value', async () => {
    const { bare, worker, update, complete, poll, store } = await bench();
    const apply = worker();
    const outcomes = await Promise.all(['api', 'bad', 'web'].map((name) => apply(update(`group/${name}`, '2'))));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['pull-request', 'failed', 'pull-request']);
    await commitTo(bare, 'tagrelay-group/all', { 'group/web.yaml': values('1') }, 'not web');
    await complete(1);
    expect((await poll()).toSorted()).toEqual(['merged', 'merged-without']);
    expect(await store.find(update('group/api', '2'))).toMatchObject({ state: 'committed' });
    expect(await store.find(update('group/web', '2'))).toMatchObject({ state: 'superseded' });
  });

  test('what the target holds by then leaves the pull request when it is made anew', async () => {
    const { bare, worker, update, poll, until, store, log, show } = await bench();
    const apply = worker();
    await Promise.all([apply(update('group/api', '2')), apply(update('group/web', '3'))]);
    await commitFiles(bare, { 'group/web.yaml': values('3') }, 'by hand');
    await commitFiles(bare, { 'group/web.yaml': values('3'), 'group/api.yaml': values('0') }, 'by hand too');
    await until(1, { hasConflicts: true });
    await poll();
    expect(await log('main..tagrelay-group/all')).toEqual(['deploy(group-api): all 0 → 2']);
    expect(await show('tagrelay-group/all', 'group/api.yaml')).toBe(values('2'));
    expect(await store.find(update('group/web', '3'))).toMatchObject({ state: 'committed' });
  });

  test('what no route takes any more leaves the pull request with the next update', async () => {
    const { worker, update, show, store, findEnvironment, log } = await bench();
    const apply = worker();
    await Promise.all([apply(update('group/api', '2')), apply(update('group/web', '3'))]);
    const routed: typeof findEnvironment = async (one) =>
      one.route === 'group-web' ? undefined : findEnvironment(one);
    await worker({ findEnvironment: routed })(update('group/api', '4'));
    expect(await show('tagrelay-group/all', 'group/api.yaml')).toBe(values('4'));
    expect(await show('tagrelay-group/all', 'group/web.yaml')).toBe(values('1'));
    expect(await log('main..tagrelay-group/all')).toHaveLength(1);
    expect(await store.find(update('group/web', '3'))).toMatchObject({ state: 'rejected', code: 'route-gone' });
  });

  test('another target of the environment has a pull request of its own', async () => {
    const { bare, worker, update, all } = await bench();
    await git(['branch', 'release', 'main'], bare);
    const apply = worker();
    const outcomes = await Promise.all([apply(update('group/api', '2')), apply(update('release', '2'))]);
    expect(outcomes).toMatchObject([
      { kind: 'pull-request', branch: 'tagrelay-group/all' },
      { kind: 'pull-request', branch: 'tagrelay-group/all=on=release' },
    ]);
    expect((await all()).map(({ target }) => target)).toEqual(expect.arrayContaining(['main', 'release']));
  });

  test('many updates: the commit has every trailer, the description as many as fit', async () => {
    const services = Array.from({ length: 40 }, (_, index) => `s${index}`);
    const { bare, worker, update, get } = await bench({
      files: Object.fromEntries(services.map((service) => [`group/${service}.yaml`, values('1')])),
    });
    const apply = worker();
    const outcomes = await Promise.all(services.map((service) => apply(update(`group/${service}`, '2'))));
    expect(outcomes.every(({ kind }) => kind === 'pull-request')).toBe(true);
    const message = await git(['log', '-1', '--format=%B', 'tagrelay-group/all'], bare);
    expect(parseTrailers(message)).toHaveLength(40);
    const { description } = await get(1);
    expect(description.length).toBeLessThanOrEqual(4000);
    expect(parseTrailers(description).length).toBeGreaterThan(5);
  });
});
