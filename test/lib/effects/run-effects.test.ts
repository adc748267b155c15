import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startStorage } from '../../../local/storage/storage.ts';
import { makeTableRows } from '../../../src/lib/storage/table-rows.ts';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import type { Deployment } from '../../../src/lib/model/deployment.ts';
import { runEffects } from '../../../src/lib/effects/run-effects.ts';
import { withEffects } from '../../../src/lib/effects/effect-jobs.ts';
import { makeTableStore } from '../../../src/lib/deployments/table-store.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import { updateId } from '../../../src/lib/model/tag-update.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';

const noLog = (): void => {};

function makeUpdate(tag: string): TagUpdate {
  const image = { registry: 'fabrikam.azurecr.io', repository: 'web', tag };
  return {
    id: updateId('web', 'dev', image, false),
    route: 'web',
    environment: 'dev',
    image,
    pushedAt: '2026-11-20T10:00:00Z',
    cause: { kind: 'push' },
  };
}

async function bench() {
  const storage = await startStorage();
  onTestFinished(() => storage.close());
  const records = makeTableStore(makeTableRows({ AzureWebJobsStorage: storage.connectionString }));
  const jobs: { readonly updates: readonly { readonly id: string }[] }[] = [];
  const store = withEffects(records, {
    send: ({ body }) => {
      jobs.push(body as (typeof jobs)[number]);
      return Promise.resolve();
    },
    sleep,
  });
  const insert = (update: TagUpdate): Promise<void> =>
    store.update(update, (current) => current ?? queued(update, '', new Date('2026-11-20T10:00:01Z')));
  return { records, store, jobs, insert };
}

test('records that change together are announced by one message, after they are written', async () => {
  const { jobs, insert, records } = await bench();
  const updates = ['1', '2', '3'].map(makeUpdate);
  await Promise.all(updates.map(insert));
  const announced = jobs.flatMap((job) => job.updates.map(({ id }) => id));
  expect(announced.toSorted()).toEqual(updates.map(({ id }) => id).toSorted());
  expect(jobs.length).toBeLessThan(3);
  expect(await records.find(makeUpdate('1'))).toMatchObject({ state: 'queued' });
});

test('[again] a writer that finds nothing to write announces the record until it has been followed up', async () => {
  const { jobs, insert, records, store } = await bench();
  const update = makeUpdate('1');
  await insert(update);
  await store.update(update, () => undefined);
  expect(jobs).toHaveLength(2);
  await runEffects([update], noLog, { store: records, effects: [] });
  await store.update(update, () => undefined);
  expect(jobs).toHaveLength(2);
});

test('a change makes the record one to be followed up again, and late jobs do nothing', async () => {
  const { insert, records, store } = await bench();
  const update = makeUpdate('1');
  const seen: string[] = [];
  const steps = [
    (deployment: Deployment) => {
      seen.push(deployment.state);
      return Promise.resolve(deployment);
    },
  ];
  await insert(update);
  await runEffects([update], noLog, { store: records, effects: steps });
  await runEffects([update], noLog, { store: records, effects: steps });
  await store.update(update, (current) => current && moveTo(current, 'committed', { commit: 'c' }, new Date()));
  await runEffects([update], noLog, { store: records, effects: steps });
  expect(seen).toEqual(['queued', 'committed']);
});

test('a retryable failure of one step brings the record back, after the other steps have run', async () => {
  const { insert, records } = await bench();
  const update = makeUpdate('1');
  await insert(update);
  let isDown = true;
  let reported = 0;
  const settle = (deployment: Deployment): Promise<Deployment> =>
    isDown ? Promise.reject(new Failure('service-unavailable', 'down')) : Promise.resolve(deployment);
  const report = (deployment: Deployment): Promise<Deployment> => {
    reported += 1;
    return Promise.resolve(deployment);
  };
  const run = (): Promise<void> => runEffects([update], noLog, { store: records, effects: [settle, report] });
  await expect(run()).rejects.toMatchObject({ code: 'service-unavailable', place: { route: 'web' } });
  isDown = false;
  await run();
  await run();
  expect(reported).toBe(2);
});

test('a permanent failure of one step is logged, and the record is followed up all the same', async () => {
  const { insert, records } = await bench();
  const update = makeUpdate('1');
  await insert(update);
  const events: string[] = [];
  const steps = [(): Promise<Deployment> => Promise.reject(new Failure('permission-denied', 'no'))];
  await runEffects([update], (_level, event) => events.push(event), { store: records, effects: steps });
  expect(events).toEqual(['not-reported']);
  expect(await records.find(update)).toHaveProperty('followed');
});
