import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { makeAuditStore } from '../../src/lib/audit/audit-store.ts';
import { listEnvironments } from '../../src/lib/deployments/list-environments.ts';
import { foldLookups } from '../../src/lib/deployments/lookups/fold-lookups.ts';
import { Failure } from '../../src/lib/model/failure.ts';
import { makePostedStore } from '../../src/lib/effects/posted.ts';
import { targetKey } from '../../src/lib/effects/targets.ts';
import { makeFigureStore } from '../../src/lib/figures/figure-store.ts';
import { makeGateStore } from '../../src/lib/gates/gate-store.ts';
import { makeStormStore } from '../../src/lib/rollback/storm-store.ts';
import { makeSettleStore } from '../../src/lib/settling/settle-store.ts';
import { rowVersion } from '../../src/lib/storage/stored-value.ts';
import { azureHost } from '../support/pull-requests/azure-host.ts';
import { healthyAt } from '../support/settling.ts';
import { startFaultedApp } from './app.ts';
import type { FaultedApp } from './app.ts';
import { observer } from './call-faults.ts';
import { shiftClock } from './shifted-clock.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main }
environments:
  dev: { tags: { match: '^(\\d+)$', order: numeric }, application: argocd/shop-dev, delivery: commit }
  prod: { tags: { match: '^(\\d+)$', order: numeric }, application: argocd/shop-prod, delivery: pull-request }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{environment}/{service}.yaml', helm: { tag: image.tag } }]
    build: { definition: shop-ci, repository: 'https://dev.azure.com/contoso/shop/_git/odd', tag: '{buildId}' }
    onFailure: revert
    environments: [dev, prod]
`;
const fileOf = (tag: string) => `image: { tag: "${tag}" }\n`;
const files = Object.fromEntries(
  ['dev/api', 'dev/odd', 'prod/api', 'prod/odd'].map((name) => [`${name}.yaml`, fileOf('1')]),
);
const minuteMs = 60_000;

/** Every kind of row that the app writes. A kind that is not here fails the first test. */
const kinds = [
  'audit',
  'audited',
  'due',
  'figures',
  'freeze',
  'freeze-history',
  'gate',
  'listed',
  'mark',
  'mark-absent',
  'mark-history',
  'open-gates',
  'posted',
  'push',
  'reconcile',
  'records environment',
  'records image',
  'records listed',
  'records moved',
  'records open',
  'records pair',
  'records past',
  'records recent',
  'records record',
  'records state',
  'records tag',
  'records users',
  'records waiting',
  'rollbacks',
  'schedule',
  'source-branches',
  'sync-result ask',
  'sync-result last',
  'sync-result values',
];

function kindOf({ partitionKey, rowKey }: Row): string {
  const [first = '', ...others] = partitionKey.split('|');
  if (first === 'source-branches') return first;
  if (first !== '') return rowKey.startsWith('mark-history-') ? 'mark-history' : rowKey;
  const [kind = ''] = others;
  return kind === 'records' || kind === 'sync-result' ? `${kind} ${rowKey.split('|')[0]}` : kind;
}

/** Rows that other versions wrote, or that are damaged. */
const shapes = {
  damaged: { value0: '{"id":', v: rowVersion },
  older: { value0: '{"formerly":true}' },
  newer: { value0: '{}', v: rowVersion + 1 },
};

const codes = { damaged: 'row-invalid', older: 'row-invalid', newer: 'row-newer' };

let clock: ReturnType<typeof shiftClock>;
beforeAll(() => {
  clock = shiftClock();
  vi.spyOn(Math, 'random').mockReturnValue(0.001);
});
afterAll(() => {
  clock.restore();
  vi.restoreAllMocks();
});

function tableOf(app: FaultedApp): TableClient {
  return TableClient.fromConnectionString(app.storage.connectionString, 'tagrelay', {
    allowInsecureConnection: true,
    userAgentOptions: { userAgentPrefix: observer },
  });
}

interface Row {
  readonly partitionKey: string;
  readonly rowKey: string;
}

async function rowsOf(app: FaultedApp): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const { partitionKey = '', rowKey = '' } of tableOf(app).listEntities())
    rows.push({ partitionKey, rowKey });
  return rows;
}

const gateOn = (app: FaultedApp, route: string, tag: string) =>
  app.devops.pipeline.run(
    { organization: 'contoso', project: 'platform' },
    { url: app.gateUrl, body: JSON.stringify({ environment: 'dev', route, tag }) },
  );

/** An app whose route `odd` has rows of every kind. */
async function seeded(): Promise<FaultedApp> {
  clock.set('2026-11-20T10:00:00Z');
  const app = await startFaultedApp({
    clock,
    routes,
    files,
    hasRegistry: true,
    settings: { RECONCILE_SCHEDULE: '0 */10 * * * *', RETENTION: '30', GATE_TIMEOUT: '12h' },
  });
  const { stores } = app;
  app.devops.builds.start({
    organization: 'contoso',
    project: 'shop',
    id: 2,
    definition: { id: 12, name: 'shop-ci' },
    repository: { id: 'r1', type: 'TfsGit', name: 'odd', url: 'https://dev.azure.com/contoso/shop/_git/odd' },
    sourceVersion: '4f9c1a7d'.repeat(5),
  });
  clock.advance(minuteMs);
  const waiting = gateOn(app, 'odd', '9');
  const task = gateOn(app, 'odd', '2');
  await Promise.all([waiting.answered, task.answered]);
  await app.push('odd', '2');
  await app.work();
  app.devops.builds.finish(2, 'succeeded');
  await app.hook('build.complete', { id: 2, project: { name: 'shop' }, status: 'completed', result: 'succeeded' });
  await app.rest(1);
  await app.tell('argocd/shop-dev', healthyAt(await app.tip(), 30));
  await app.rest();
  const mark = { tag: '2', pushedAt: '2026-11-20T10:00:00Z' };
  await stores.records.setMark(odd, { id: 'm1', at: new Date().toISOString(), reason: 'set', mark });
  const until = new Date(Date.now() + 1_000 * minuteMs).toISOString();
  const freeze = { ...odd, until, reason: 'incident', actor: 'kim', at: new Date().toISOString() };
  await stores.freezes.put(freeze, 'f1');
  await stores.due.arm({ key: 'odd', at: until, job: { kind: 'effects', body: {} } });
  const target = 'https://dev.azure.com/contoso/platform/_git/gitops#main';
  const at = new Date(Date.now() - minuteMs).toISOString();
  await stores.records.recordIntent({ id: 'p1', target, base: await app.tip(), updates: [], at, by: 'dead' });
  await makeSettleStore(stores.rows).changeAsk('argocd/shop-dev', () => ({ id: 'a1', at, since: at }));
  await makeStormStore(stores.rows).reserve('argocd', 'r1', new Date());
  await foldLookups(() => undefined, { rows: stores.rows, now: () => new Date(Date.now() + 1_500 * minuteMs) });
  return app;
}

/** Makes rows odd, by another process. @returns the rows */
async function spoil(app: FaultedApp, shape: keyof typeof shapes, kind?: string): Promise<readonly Row[]> {
  const table = tableOf(app);
  const rows = (await rowsOf(app)).filter((row) => kind === undefined || kindOf(row) === kind);
  for (const row of rows) await table.upsertEntity({ ...row, ...shapes[shape] }, 'Merge');
  return rows;
}

/** The other route is delivered in both environments; a pipeline waits for it. @returns what came of it */
async function deliverOther(app: FaultedApp) {
  app.lines.length = 0;
  const task = gateOn(app, 'api', '2');
  await task.answered;
  await app.push('api', '2');
  await app.rest(1);
  await app.tell('argocd/shop-dev', healthyAt(await app.tip(), 200));
  await app.rest(1);
  const { result } = await task.finished;
  const host = await azureHost(app.devops, []);
  const open = (await host.all()).filter(({ source }) => source.includes('api'));
  for (const { number } of open) await host.complete(number);
  await app.rest(1);
  const { deployments } = await app.stores.index.list({ route: 'api' }, { limit: 5 });
  return {
    gate: result,
    records: deployments.map(({ update, state }) => `${update.environment} ${update.image.tag} ${state}`).toSorted(),
    files: [await app.file('dev/api.yaml'), await app.file('prod/api.yaml')],
    failures: app.lines.filter((line) => /^thrown|storage-unavailable|periodic-job-failed/.test(line)),
  };
}

const odd = { route: 'odd', environment: 'dev' };

/** What reads the rows of a kind; the others are read by each delivery. */
const readers: Readonly<Record<string, (stores: FaultedApp['stores'], rows: readonly Row[]) => Promise<unknown>>> = {
  audit: ({ rows }) =>
    makeAuditStore(rows).list({}, { from: new Date('2026-11-01'), to: new Date(Date.now() + minuteMs), limit: 10 }),
  audited: ({ rows }, [row]) => makeAuditStore(rows).recordTransitions(row?.rowKey ?? '', []),
  due: ({ due }) => due.list(),
  figures: ({ rows }) => makeFigureStore(rows).read('2026-11-01', '2026-11-30'),
  freeze: ({ freezes }) => freezes.list(),
  'freeze-history': ({ freezes }) => freezes.history(10),
  gate: ({ rows }, spoiled) => Promise.allSettled(spoiled.map(({ rowKey }) => makeGateStore(rows).find(rowKey))),
  mark: ({ records }) => records.findMark(odd),
  'mark-absent': ({ records }) => records.isMarkKnown({ ...odd, environment: 'prod' }),
  'mark-history': ({ records }) => records.markHistory(odd, 10),
  posted: ({ rows }) =>
    makePostedStore(rows).list(
      targetKey({ kind: 'pull-request', repository: 'https://dev.azure.com/contoso/platform/_git/gitops', number: 1 }),
    ),
  'records environment': ({ rows }) => listEnvironments(rows),
  'records listed': ({ index }) => index.list(odd, { limit: 10 }),
  'records pair': ({ index }) => index.list({ route: 'odd' }, { limit: 10 }),
  'records moved': ({ index }) => index.list({ build: { id: 2 } }, { limit: 10 }),
  'records past': ({ index }) => index.list({ source: '4f9c1a7d'.repeat(5) }, { limit: 10 }),
  'records recent': ({ index }) => index.list({ build: { id: 2 } }, { limit: 10 }),
  'records record': ({ index }, spoiled) => index.findById(part(spoiled)),
  'records state': ({ index }) => index.list({}, { limit: 10 }),
  'records tag': ({ index }, spoiled) => index.list({ tag: part(spoiled) }, { limit: 10 }),
  'records waiting': ({ rows }) => makeSettleStore(rows).waiting(),
  rollbacks: ({ rows }) => makeStormStore(rows).refusing(new Date()),
  'sync-result ask': ({ rows }) => makeSettleStore(rows).changeAsk('argocd/shop-dev', (ask) => ask),
};

const part = ([row]: readonly Row[]): string => row?.rowKey.split('|')[1] ?? '';

const asUsual = {
  gate: 'succeeded',
  records: ['dev 2 healthy', 'prod 2 committed'],
  files: [fileOf('2'), fileOf('2')],
  failures: [],
};

test('the table of kinds is complete', async () => {
  const app = await seeded();
  try {
    expect([...new Set((await rowsOf(app)).map(kindOf))].toSorted()).toEqual(kinds);
    expect(await deliverOther(app)).toEqual(asUsual);
  } finally {
    await app.close();
  }
});

/** The row of a newer version is the most difficult: it must not be replaced. */
const usualShapes = process.env['FAULT_STEP'] === '1' ? (['damaged', 'older', 'newer'] as const) : (['newer'] as const);

/** One kind takes seconds. The tests of every row have the other kinds too. */
const usualKinds = process.env['FAULT_STEP'] === '1' ? kinds : kinds.filter((_kind, index) => index % 3 === 0);

test.each(usualKinds.flatMap((kind) => usualShapes.map((shape) => [kind, shape] as const)))(
  'rows of the kind %s are %s: the others go on, and health shows them',
  async (kind, shape) => {
    const app = await seeded();
    try {
      const spoiled = await spoil(app, shape, kind);
      expect(spoiled).not.toEqual([]);
      // A row that is read alone throws; a list is without it.
      await readers[kind]?.(app.stores, spoiled).catch((error: unknown) => {
        if (!(error instanceof Failure) || error.code !== codes[shape]) throw error;
      });
      expect(await deliverOther(app)).toEqual(asUsual);
      const { rows } = (await app.getHealth()).invalidRows;
      const keys = new Set(spoiled.map(({ partitionKey, rowKey }) => `${partitionKey} ${rowKey}`));
      expect(rows.map(({ partition, row }) => `${partition} ${row}`).filter((key) => keys.has(key))).not.toEqual([]);
    } finally {
      await app.close();
    }
  },
  60_000,
);

test.each(['damaged', 'older', 'newer'] as const)(
  'every row is %s: another route goes on',
  async (shape) => {
    const app = await seeded();
    try {
      await spoil(app, shape);
      expect(await deliverOther(app)).toEqual(asUsual);
    } finally {
      await app.close();
    }
  },
  60_000,
);
