import { describe, expect, test } from 'vitest';
import { recordOutcome, recordQueued } from '../../../src/lib/deployments/record-outcome.ts';
import { git } from '../../../local/git.ts';
import { parseTrailers } from '../../../src/lib/model/trailers.ts';
import { replayOf, rollbackId } from '../../../src/lib/model/tag-update.ts';
import { makeStormStore } from '../../../src/lib/rollback/storm-store.ts';
import { commitFiles, fileAtTip } from '../../support/platform.ts';
import {
  deployed,
  degradedAt,
  failedAt,
  file,
  recordOf,
  refusalOf,
  rollbackRecord,
  routesFor,
  start,
  values,
} from '../../support/rollback-scene.ts';
import { gitops, healthyAt, syncResult } from '../../support/settling.ts';

describe('rule 24', () => {
  test('a failed deployment goes back to the last healthy value after failureAfter; record and trailer tell it', async () => {
    const bench = await deployed();
    const { update3, three } = bench;
    await bench.report(failedAt(three, 61));
    expect(await recordOf(bench, update3)).toMatchObject({
      state: 'failed',
      recovery: '`onFailure: revert` is decided at 2026-11-20T11:05:00.000Z',
    });
    await bench.pass(4);
    expect(await fileAtTip(bench.bare, file)).toBe(values('3'));
    await bench.pass(3);
    expect(await fileAtTip(bench.bare, file)).toBe(values('2'));
    expect(await recordOf(bench, update3)).toMatchObject({
      state: 'rolled-back',
      reason: 'rolled back to 2: argocd/shop-dev: no quota',
    });
    expect((await recordOf(bench, update3))?.recovery).toBeUndefined();
    expect(await rollbackRecord(bench, update3)).toMatchObject({ state: 'committed', update: { image: { tag: '2' } } });
    const [trailer] = parseTrailers(await git(['log', '-1', '--format=%B', 'main'], bench.bare));
    expect(trailer).toMatchObject({ id: rollbackId(update3.id), cause: 'rollback', of: update3.id });
  });

  test('a degraded deployment goes back at once: degraded has lasted failureAfter', async () => {
    const bench = await deployed();
    bench.clock.minute = 80;
    await bench.report(degradedAt(bench.three, 79, 65));
    expect(await recordOf(bench, bench.update3)).toMatchObject({ state: 'rolled-back' });
    expect(await fileAtTip(bench.bare, file)).toBe(values('2'));
  });

  test('[norb] a rollback that fails triggers none', async () => {
    const bench = await deployed();
    await bench.report(failedAt(bench.three, 61));
    await bench.pass(7);
    await bench.report(failedAt(await bench.tip(), 68));
    const record = await rollbackRecord(bench, bench.update3);
    expect(record).toMatchObject({ state: 'failed' });
    if (!record) throw new Error('it has no record');
    const { id, route, environment } = record.update;
    await bench.handler.run({ id, route, environment }, { log: () => undefined, isSuspect: false, isWaiting: false });
    await bench.pass(60);
    expect(await bench.store.find(record.update)).toMatchObject({
      recovery: 'not rolled back: it is a rollback itself',
    });
    expect(await fileAtTip(bench.bare, file)).toBe(values('2'));
  });

  test('[tipval] where the file holds another value by then, nothing is written', async () => {
    const bench = await deployed();
    await bench.report(failedAt(bench.three, 61));
    await commitFiles(bench.bare, { [file]: values('5') }, 'by hand');
    await bench.pass(7);
    expect(await refusalOf(bench, bench.update3)).toMatch('the files hold another value by now');
    expect(await fileAtTip(bench.bare, file)).toBe(values('5'));
  });

  test("[putby] a person's hand put the value there again", async () => {
    const bench = await deployed();
    await bench.report(failedAt(bench.three, 61));
    await commitFiles(bench.bare, { [file]: values('2') }, 'Revert');
    await commitFiles(bench.bare, { [file]: values('3') }, 'again');
    await bench.pass(7);
    expect(await refusalOf(bench, bench.update3)).toMatch(
      /the commit [0-9a-f]{10} put the value there, and not this deployment/,
    );
  });

  test('[putby] a replay put the value there again', async () => {
    const bench = await deployed();
    await bench.report(failedAt(bench.three, 61));
    await commitFiles(bench.bare, { [file]: values('2') }, 'Revert');
    expect(await bench.apply(replayOf(bench.update3, 1))).toMatchObject({ kind: 'committed' });
    await bench.pass(7);
    expect(await refusalOf(bench, bench.update3)).toMatch(/put the value there, and not this deployment/);
  });

  test('[healthyrev] the value at the last healthy revision counts, also if its record lags behind', async () => {
    const bench = await start();
    const two = await bench.deliver(bench.update('api', '2'));
    await bench.report(healthyAt(two, 50));
    const four = await bench.deliver(bench.update('api', '4'));
    await bench.report(healthyAt(four, 55));
    // The record of 4 is superseded, as by a result that came first.
    await bench.store.update(bench.update('api', '4'), (record) => record && { ...record, state: 'superseded' });
    const update = bench.update('api', '5');
    const five = await bench.deliver(update);
    await bench.report(failedAt(five, 61));
    await bench.pass(7);
    expect(await recordOf(bench, update)).toMatchObject({ state: 'rolled-back' });
    expect(await fileAtTip(bench.bare, file)).toBe(values('4'));
  });

  test('[healthyrev] a value that failed since is passed over', async () => {
    const bench = await deployed();
    const four = bench.update('api', '4');
    await bench.report(degradedAt(bench.three, 62, 61));
    await bench.report(healthyAt(bench.two, 63));
    const commit = await bench.deliver(four);
    await bench.report(failedAt(commit, 67));
    await bench.pass(10);
    await bench.pass(10);
    expect(await recordOf(bench, four)).toMatchObject({ state: 'rolled-back' });
    expect(await fileAtTip(bench.bare, file)).toBe(values('2'));
  });

  test("[own] a person's commit since the healthy revision stops it", async () => {
    const bench = await start();
    const two = await bench.deliver(bench.update('api', '2'));
    await bench.report(healthyAt(two, 50));
    await commitFiles(bench.bare, { 'apps/service.yaml': 'port: 1\n' }, 'New port');
    const update = bench.update('api', '3');
    const three = await bench.deliver(update);
    await bench.report(failedAt(three, 61));
    await bench.pass(7);
    expect(await refusalOf(bench, update)).toMatch(
      /\(New port\) is not by tagrelay and changed the application since it was healthy/,
    );
    expect(await fileAtTip(bench.bare, file)).toBe(values('3'));
  });

  test("[tiprange] a person's fix above the failing revision stops it", async () => {
    const bench = await deployed();
    await bench.report(failedAt(bench.three, 61));
    await commitFiles(bench.bare, { 'apps/service.yaml': 'port: 2\n' }, 'Fix the port');
    await bench.pass(7);
    expect(await refusalOf(bench, bench.update3)).toMatch(/\(Fix the port\) is not by tagrelay/);
  });

  test('[own] a forged trailer is not by tagrelay', async () => {
    const bench = await deployed();
    await bench.report(failedAt(bench.three, 61));
    const message = `deploy: x\n\nImage-Update: route=api environment=dev image=contoso.azurecr.io/api:3 id=${bench.update3.id}`;
    await commitFiles(bench.bare, { 'apps/service.yaml': 'port: 2\n' }, message);
    await bench.pass(7);
    expect(await refusalOf(bench, bench.update3)).toMatch(/is not by tagrelay/);
  });

  test('[paths] a commit beside the paths of the application does not count', async () => {
    const bench = await deployed();
    await bench.report(failedAt(bench.three, 61));
    await commitFiles(bench.bare, { 'other/service.yaml': 'port: 2\n' }, 'Another team');
    await bench.pass(7);
    expect(await recordOf(bench, bench.update3)).toMatchObject({ state: 'rolled-back' });
  });

  test('[blame] what was broken before is not the doing of the deployment', async () => {
    const bench = await start();
    const two = await bench.deliver(bench.update('api', '2'));
    await bench.report(healthyAt(two, 50));
    await bench.report(degradedAt(two, 58, 55));
    const update = bench.update('api', '3');
    const three = await bench.deliver(update);
    await bench.report(degradedAt(three, 70, 62));
    bench.clock.minute = 70;
    await bench.pass(1);
    expect(await refusalOf(bench, update)).toMatch('argocd/shop-dev was Degraded before it');
  });

  test('[blame] in a shared application the deployment has to be blamed by name', async () => {
    const second = `web:
    image: contoso.azurecr.io/web
    update: [{ file: apps/web.yaml, helm: { tag: image.tag } }]
    application: argocd/shop-dev
    environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }`;
    const options = { routes: routesFor('', second), files: { [file]: values('1'), 'apps/web.yaml': values('1') } };
    const bench = await start(options);
    await bench.deliver(bench.update('web', '2'));
    const two = await bench.deliver(bench.update('api', '2'));
    await bench.report(healthyAt(two, 50));
    const update = bench.update('api', '3');
    const three = await bench.deliver(update);
    await bench.report(failedAt(three, 61));
    await bench.pass(7);
    expect(await refusalOf(bench, update)).toMatch(
      /several routes share argocd\/shop-dev, and none of its failing resources/,
    );
  });

  test('[grace] a failed sync that Argo CD repeats is no reason, and one that recovers neither', async () => {
    const bench = await deployed();
    await bench.report(failedAt(bench.three, 61));
    const operation = { phase: 'Running', startedAt: 65 } as const;
    await bench.report(syncResult({ revision: bench.three, operation, sync: 'OutOfSync', reconciledAt: 65 }));
    await bench.pass(10);
    expect(await recordOf(bench, bench.update3)).toMatchObject({ state: 'failed' });
    expect(await fileAtTip(bench.bare, file)).toBe(values('3'));
    await bench.report(healthyAt(bench.three, 72));
    await bench.pass(10);
    expect(await recordOf(bench, bench.update3)).toMatchObject({ state: 'healthy' });
    expect(await fileAtTip(bench.bare, file)).toBe(values('3'));
  });

  test('[grace] while an operation runs, the record shows that the rollback waits', async () => {
    const bench = await deployed();
    await bench.report(failedAt(bench.three, 61));
    const operation = { phase: 'Running', startedAt: 65 } as const;
    await bench.report(syncResult({ revision: bench.three, operation, sync: 'OutOfSync', reconciledAt: 65 }));
    await bench.pass(10);
    expect((await recordOf(bench, bench.update3))?.recovery).toMatch(
      /^the rollback waits until 2026-11-20T11:15:00.000Z: an operation of argocd\/shop-dev is running$/,
    );
    await bench.report(failedAt(bench.three, 71));
    await bench.pass(10);
    expect(await recordOf(bench, bench.update3)).toMatchObject({ state: 'rolled-back' });
    expect(await fileAtTip(bench.bare, file)).toBe(values('2'));
  });

  test('[grace] a replay of a rollback that has to wait is held with its record', async () => {
    const bench = await deployed();
    await bench.report(failedAt(bench.three, 61));
    const operation = { phase: 'Running', startedAt: 65 } as const;
    await bench.report(syncResult({ revision: bench.three, operation, sync: 'OutOfSync', reconciledAt: 65 }));
    const { id: of } = bench.update3;
    const cause = { kind: 'rollback', of, automatic: true, reason: 'no quota' } as const;
    const rollback = { ...bench.update3, id: rollbackId(of), cause };
    await recordQueued(rollback, gitops, bench.store, bench.now());
    const outcome = await bench.apply(rollback);
    expect(outcome).toMatchObject({ kind: 'held', seen: bench.now().toISOString() });
    await recordOutcome(rollback, outcome, bench.store, bench.now());
    expect(await bench.store.find(rollback)).toMatchObject({ state: 'queued', heldUntil: expect.any(String) });
  });

  test('[grace] a change of the record does not postpone the rollback', async () => {
    const bench = await deployed();
    await bench.report(failedAt(bench.three, 61));
    const dueAt = async () => (await bench.due.list()).map(({ at }) => at);
    const before = await dueAt();
    bench.clock.minute = 63;
    await bench.store.update(bench.update3, (record) => record && { ...record, warning: 'a note' });
    await bench.work();
    expect(await dueAt()).toEqual(before);
    expect(before).toEqual(['2026-11-20T11:05:00.000Z']);
  });

  test('[storm] the eleventh rollback of an instance within ten minutes is left to a person', async () => {
    const bench = await deployed();
    const storms = makeStormStore(bench.rows);
    await bench.report(failedAt(bench.three, 61));
    bench.clock.minute = 66;
    for (let count = 0; count < 10; count += 1)
      expect(await storms.reserve('default', `${count}`.repeat(32), bench.now())).toBe(true);
    await bench.pass(1);
    expect(await refusalOf(bench, bench.update3)).toMatch(
      /10 rollbacks of the Argo CD instance default were made in 10 min/,
    );
    expect(await storms.refusing(bench.now())).toMatchObject([{ instance: 'default' }]);
  });
});

describe('rule 25', () => {
  test('[window] a rollback passes windows and freezes', async () => {
    const deny =
      "windows: [{ kind: deny, from: '2026-11-20T11:02:00Z', to: '2026-11-20T15:00:00Z', reason: holidays }]";
    const bench = await deployed({ routes: routesFor(deny) });
    await bench.report(failedAt(bench.three, 61));
    bench.clock.minute = 64;
    expect(await bench.apply(bench.update('api', '4'))).toMatchObject({ kind: 'held' });
    await bench.pass(3);
    expect(await recordOf(bench, bench.update3)).toMatchObject({ state: 'rolled-back' });
    expect(await fileAtTip(bench.bare, file)).toBe(values('2'));
  });

  test('[once] repeated jobs and results make one commit', async () => {
    const bench = await deployed();
    await bench.report(failedAt(bench.three, 61));
    await bench.pass(7);
    const tip = await bench.tip();
    const { id, route, environment } = bench.update3;
    const context = { log: () => undefined, isSuspect: false, isWaiting: false };
    await bench.handler.run({ id, route, environment }, context);
    await bench.report(failedAt(bench.three, 69));
    await bench.pass(60);
    expect(await bench.tip()).toBe(tip);
  });

  test('[reread] a deployment that is healthy by now is left alone', async () => {
    const bench = await deployed();
    await bench.report(failedAt(bench.three, 61));
    await bench.report(healthyAt(bench.three, 63));
    await bench.pass(7);
    expect(await recordOf(bench, bench.update3)).toMatchObject({
      state: 'healthy',
      recovery: 'not rolled back: it is healthy by now',
    });
    expect(await fileAtTip(bench.bare, file)).toBe(values('3'));
  });

  test('[final] a healthy result that comes after the rollback changes nothing', async () => {
    const bench = await deployed();
    await bench.report(failedAt(bench.three, 61));
    await bench.pass(7);
    await bench.report(healthyAt(bench.three, 64));
    expect(await recordOf(bench, bench.update3)).toMatchObject({ state: 'rolled-back' });
    expect(await fileAtTip(bench.bare, file)).toBe(values('2'));
  });

  test('rule 27: the failure of a replay of it is rolled back once more', async () => {
    const bench = await deployed();
    await bench.report(failedAt(bench.three, 61));
    await bench.pass(7);
    const back = await bench.tip();
    await bench.report(healthyAt(back, 70));
    const again = replayOf(bench.update3, 1);
    const commit = await bench.deliver(again);
    await bench.report(failedAt(commit, 75));
    await bench.pass(20);
    expect(await recordOf(bench, again)).toMatchObject({ state: 'rolled-back' });
    expect(await fileAtTip(bench.bare, file)).toBe(values('2'));
  });
});
