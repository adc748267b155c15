import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { makeDeliverUpdate } from '../../../src/lib/delivery/deliver-update.ts';
import type { WithEffects } from '../../../src/lib/deployments/store.ts';
import { withEffects } from '../../../src/lib/effects/effect-jobs.ts';
import { areEffectsDone } from '../../../src/lib/model/record-version.ts';
import { OwnedRecords } from '../../../src/lib/effects/owned-records.ts';
import { runEffects } from '../../../src/lib/effects/run-effects.ts';
import { deliveryBench } from '../../support/delivery.ts';
import { makeTableRows } from '../../../src/lib/storage/table-rows.ts';
import { makeDueStore } from '../../../src/lib/work/due-store.ts';
import { unbounded } from '../../support/unbounded.ts';

class Killed extends Error {}

const noLog = (): void => {};
const now = (): Date => new Date();
const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  api: { image: contoso.azurecr.io/api, update: [{ file: api.yaml, helm: { tag: image.tag } }], environments: [dev] }
`;

test('a worker killed at any step between record and effects: one commit, and the effects of it run', async () => {
  const bench = await deliveryBench({ routes, files: { 'api.yaml': 'image: { tag: "0" }\n' } });
  const due = makeDueStore(makeTableRows({ AzureWebJobsStorage: bench.connectionString }));
  let tag = 0;

  /** Delivers one update; the worker dies at the step, before or after it is done. @returns whether it died */
  async function deliver(killedAt: number, isDone: boolean): Promise<boolean> {
    tag += 1;
    const update = bench.update('api', String(tag));
    const seen: string[] = [];
    let steps = 0;
    const step = async <T>(work: () => Promise<T>): Promise<T> => {
      steps += 1;
      if (steps < killedAt || killedAt === 0) return work();
      // A dead worker does nothing more.
      if (steps === killedAt && isDone) await work();
      throw new Killed();
    };
    const send = (): Promise<void> => step(() => Promise.resolve());
    const runOnce = async (): Promise<void> => {
      const records: typeof bench.store = {
        ...bench.store,
        find: (...args) => step(() => bench.store.find(...args)),
        update: (...args) => step(() => bench.store.update(...args)),
      };
      const owned = new OwnedRecords();
      const store = withEffects(records, { send, sleep, owned });
      const effects = [
        (deployment: Parameters<Parameters<typeof runEffects>[2]['effects'][number]>[0]) =>
          step(() => {
            seen.push(deployment.state);
            return Promise.resolve(deployment);
          }),
      ];
      const owning: WithEffects = (key, log, work) =>
        owned.during(key.id, work, () => runEffects([key], log, { store: records, effects }));
      const handler = makeDeliverUpdate({
        missed: { note: () => Promise.resolve() },
        apply: bench.worker({ store }),
        store,
        due,
        now,
        withEffects: owning,
        ...unbounded,
      });
      await handler.run(update, { log: noLog, isSuspect: false, isWaiting: false });
    };
    let died = false;
    try {
      await runOnce();
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      died = true;
      // The message becomes visible again.
      killedAt = 0;
      await runOnce();
    }
    const record = await bench.store.find(update);
    expect(record?.state).toBe('committed');
    expect(record && areEffectsDone(record)).toBe(true);
    expect(seen.at(-1)).toBe('committed');
    const subjects = await git(['log', '--format=%s', 'main'], bench.bare);
    expect(subjects.split('\n').filter((line) => line.endsWith(`→ ${tag}`))).toHaveLength(1);
    return died;
  }

  for (const isDone of [false, true]) {
    let kills = 0;
    while (await deliver(kills + 1, isDone)) kills += 1;
    expect(kills).toBeGreaterThan(3);
  }
}, 120_000);
