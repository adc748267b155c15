import { expect, test } from 'vitest';
import { makeDeliverUpdate } from '../../../src/lib/delivery/deliver-update.ts';
import { replayOne } from '../../../src/lib/delivery/replay.ts';
import type { DeploymentStore } from '../../../src/lib/deployments/store.ts';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import type { Deployment } from '../../../src/lib/model/deployment.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { Outcome } from '../../../src/lib/model/outcome.ts';
import { orderedRollbackId, tagUpdateSchema } from '../../../src/lib/model/tag-update.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import { queuePromotion } from '../../../src/lib/orders/order-promotion.ts';
import { queueRollback } from '../../../src/lib/rollback/order-rollback.ts';
import type { Environment } from '../../../src/lib/routes/route.ts';
import { unbounded } from '../../support/unbounded.ts';

const now = () => new Date('2026-11-20T10:00:00Z');
const repository = 'https://dev.azure.com/contoso/platform/_git/gitops';
const updateOf = (more: object): TagUpdate =>
  tagUpdateSchema.parse({
    route: 'api',
    environment: 'prod',
    image: { registry: 'contoso.azurecr.io', repository: 'api', tag: '2' },
    pushedAt: now().toISOString(),
    ...more,
  });
const [ofDev, ofProd, promoted] = ['d', 'e', 'f'].map((letter) => letter.repeat(32));
const healthy: Deployment = {
  ...moveTo(
    queued(updateOf({ id: ofDev, environment: 'dev', cause: { kind: 'push' } }), repository, now()),
    'healthy',
    {},
    now(),
  ),
  build: { provider: 'azure-devops', id: 7, trusted: true } as unknown as NonNullable<Deployment['build']>,
};
const former = moveTo(
  queued(updateOf({ id: ofProd, cause: { kind: 'push' } }), repository, now()),
  'committed',
  {},
  now(),
);

/** A store and a queue in memory. The process dies at the `deathAt`-th of their calls. */
function process(deathAt = Infinity, isSilent = false) {
  const records = new Map([healthy, former].map((record) => [record.update.id, record]));
  const sent: TagUpdate[] = [];
  let calls = 0;
  const call = async <T>(work: () => T, needsStore = true): Promise<T> => {
    await Promise.resolve();
    calls += 1;
    if (calls >= deathAt) throw new Error('killed');
    if (isSilent && needsStore && sent.length > 0) throw new Failure('storage-unavailable', 'no answer');
    return work();
  };
  const store = {
    find: ({ id }) => call(() => records.get(id)),
    update: ({ id }, change) =>
      call(() => {
        const next = change(records.get(id));
        if (next) records.set(id, next);
      }),
    remove: ({ id }) => call(() => void records.delete(id)),
  } satisfies Partial<DeploymentStore> as unknown as DeploymentStore;
  const send = ({ body }: { readonly body: unknown }) =>
    call(() => void sent.push(tagUpdateSchema.parse(JSON.parse(JSON.stringify(body)))), false);
  return {
    records,
    sent,
    deps: { store, send, now },
    calls: () => calls,
    revive: () => ((deathAt = Infinity), (isSilent = false)),
  };
}

type Process = ReturnType<typeof process>;

const planned = (update: TagUpdate) =>
  ({ kind: 'planned', update, message: '', diff: '', repository, branch: 'main' }) as const;
const ordered = { reason: 'release', now: true, actor: 'mai' };
const rollback = updateOf({
  id: orderedRollbackId('1'),
  cause: { kind: 'rollback', of: ofProd, automatic: false, actor: 'mai', reason: 'orders fail', from: '3' },
});
const promotion = updateOf({
  id: promoted,
  cause: { kind: 'promotion', from: [{ environment: 'dev', id: ofDev }], ordered },
});

const orders: Readonly<Record<string, (one: Process) => Promise<unknown>>> = {
  replay: ({ deps }) => {
    const index = { findById: (id: string) => deps.store.find({ id, route: 'api', environment: 'prod' }) };
    return replayOne(ofProd ?? '', { ...deps, index: index as unknown as Parameters<typeof replayOne>[1]['index'] });
  },
  rollback: ({ deps }) => queueRollback({ ...planned(rollback), from: '3' }, deps),
  promotion: ({ deps }) => queuePromotion(planned(promotion), deps),
};

/** The plans of all messages. */
async function plan({ sent, deps: { store } }: Process, outcome: Outcome, more: object = {}): Promise<void> {
  const handler = makeDeliverUpdate({
    apply: () => Promise.resolve(outcome),
    store,
    due: { arm: (due) => Promise.resolve({ ...due, armed: '' }) },
    missed: { note: () => Promise.resolve() },
    now,
    withEffects: (_key, _log, work) => work(),
    hosts: unbounded.hosts,
    findEnvironment: () => Promise.resolve({ repository } as Environment),
  });
  for (const update of sent.splice(0)) {
    await handler
      .run({ ...update, ...more }, { log: () => undefined, isSuspect: false, isWaiting: false })
      .catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error;
      });
  }
}

const waiting = ({ records }: Process) => [...records.values()].filter(({ state }) => state === 'queued');
const retryable: Outcome = { kind: 'failed', failure: new Failure('service-unavailable', 'no answer') };

test.each(Object.entries(orders))(
  '[sendfirst] a process that dies between any two calls of a %s leaves nothing, or a message whose plan makes the record',
  async (_name, order) => {
    const whole = process();
    await order(whole);
    const [queuedUpdate] = whole.sent;
    expect(waiting(whole).map(({ update }) => update)).toEqual([queuedUpdate]);
    expect(whole.calls()).toBeGreaterThan(1);
    for (let deathAt = 1; deathAt <= whole.calls(); deathAt += 1) {
      const dying = process(deathAt);
      await expect(order(dying)).rejects.toThrow('killed');
      dying.revive();
      const isSent = dying.sent.length > 0;
      expect(waiting(dying)).toEqual([]);
      expect(dying.sent).toEqual(isSent ? [queuedUpdate] : []);
      await plan(dying, retryable);
      // The plan has made the record, with actor, reason, cause and build, although nothing was decided yet.
      expect(waiting(dying)).toEqual(isSent ? waiting(whole) : []);
      if (isSent) continue;
      await order(dying);
      expect(dying.sent).toEqual([queuedUpdate]);
    }
  },
);

test.each(Object.entries(orders))(
  '[sendfirst] a %s is accepted once its message is sent, whatever the store answers',
  async (_name, order) => {
    const silent = process(Infinity, true);
    await order(silent);
    expect(silent.sent).toHaveLength(1);
    silent.revive();
    await plan(silent, retryable);
    expect(waiting(silent)).toHaveLength(1);
  },
);

test.each(Object.entries(orders))('an ordered %s that no file has a place for shows that end', async (_name, order) => {
  const one = process();
  await order(one);
  const id = one.sent[0]?.id ?? '';
  await plan(one, { kind: 'ignored' });
  expect(one.records.get(id)).toMatchObject({ state: 'rejected', code: 'image-not-found' });
  // The end is not replaced by the record that the order makes after its message.
  await order(one);
  expect(waiting(one).map(({ update }) => update.id)).not.toContain(id);
});

test('the order of a promotion that waits already is in its record; a later order that passes less takes nothing away', async () => {
  const one = process();
  const held = queued(
    { ...promotion, cause: { kind: 'promotion', from: [{ environment: 'dev', id: ofDev ?? '' }] } },
    repository,
    now(),
  );
  one.records.set(promotion.id, held);
  await queuePromotion(planned(promotion), one.deps);
  expect(one.records.get(promotion.id)).toEqual({ ...held, update: promotion });
  const less = updateOf({ ...promotion, cause: { ...promotion.cause, ordered: { ...ordered, now: false } } });
  await queuePromotion(planned(less), one.deps);
  expect(one.records.get(promotion.id)).toEqual({ ...held, update: promotion });
});

test('[sendfirst] the plan of a moved tag makes its record first, with the build that a service hook named', async () => {
  const one = process();
  const moved = updateOf({ id: '9'.repeat(32), environment: 'dev', cause: { kind: 'build' } });
  one.sent.push(moved);
  await plan(one, retryable, { movedFrom: ofDev });
  expect(waiting(one)).toMatchObject([{ update: moved, build: { id: 7 } }]);
});
