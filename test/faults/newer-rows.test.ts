import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import type { SyncResult } from '../../src/lib/intake/sync-result.ts';
import { rowVersion } from '../../src/lib/storage/stored-value.ts';
import { healthyAt } from '../support/settling.ts';
import { startFaultedApp } from './app.ts';
import type { FaultedApp } from './app.ts';
import { observer } from './call-faults.ts';
import { shiftClock } from './shifted-clock.ts';

/*
 * A rolling deployment: a newer version of the app has written rows, and a worker of this version gets the message. The
 * newer version is one that reads these rows: here they become rows of this version again.
 */

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main }
environments:
  dev: { tags: { match: '^(\\d+)$', order: numeric }, application: argocd/shop-dev, delivery: commit }
  test: { tags: { match: '^(\\d+)$', order: numeric }, delivery: commit }
routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: '{environment}/api.yaml', helm: { tag: image.tag } }]
    environments: [dev, test]
`;
const fileOf = (tag: string) => `image: { tag: "${tag}" }\n`;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

let clock: ReturnType<typeof shiftClock>;
beforeAll(() => {
  clock = shiftClock();
  vi.spyOn(Math, 'random').mockReturnValue(0.001);
});
afterAll(() => {
  clock.restore();
  vi.restoreAllMocks();
});

async function started(): Promise<FaultedApp> {
  clock.set('2026-11-20T10:00:00Z');
  const files = { 'dev/api.yaml': fileOf('1'), 'test/api.yaml': fileOf('1') };
  const app = await startFaultedApp({ clock, routes, files });
  onTestFinished(() => app.close());
  return app;
}

type Select = (row: { readonly partitionKey: string; readonly rowKey: string }) => boolean;

/** Gives rows the version of a newer app. @returns gives them back the version of this app */
async function makeNewer(app: FaultedApp, select: Select): Promise<() => Promise<void>> {
  const table = TableClient.fromConnectionString(app.storage.connectionString, 'tagrelay', {
    allowInsecureConnection: true,
    userAgentOptions: { userAgentPrefix: observer },
  });
  const keys: { readonly partitionKey: string; readonly rowKey: string }[] = [];
  for await (const { partitionKey = '', rowKey = '' } of table.listEntities()) {
    if (select({ partitionKey, rowKey })) keys.push({ partitionKey, rowKey });
  }
  expect(keys).not.toEqual([]);
  const write = async (v: number): Promise<void> => {
    for (const key of keys) await table.upsertEntity({ ...key, v }, 'Merge');
  };
  await write(rowVersion + 1);
  return () => write(rowVersion);
}

const gateOn = (app: FaultedApp, tag: string) =>
  app.devops.pipeline.run(
    { organization: 'contoso', project: 'platform' },
    { url: app.gateUrl, body: JSON.stringify({ environment: 'dev', route: 'api', tag }) },
  );

function progressingAt(tip: string, minute: number): SyncResult {
  const result = healthyAt(tip, minute);
  return { ...result, health: { ...result.health, status: 'Progressing' } };
}

async function stateOf(app: FaultedApp, environment: string, tag: string): Promise<string | undefined> {
  const { deployments } = await app.stores.index.list({ environment, tag }, { limit: 5 });
  return deployments[0]?.state;
}

/** The kinds of the jobs that went back since the last call, each with its delay of at least a minute. */
function sentBack(app: FaultedApp): readonly string[] {
  const lines = app.lines.splice(0);
  expect(lines.filter((line) => /^thrown|^error (?!row-)/.test(line))).toEqual([]);
  return lines.flatMap((line) => {
    const [, event, text = '{}'] = /^\w+ ([\w-]+) (.*)$/.exec(line) ?? [];
    const fields = JSON.parse(text) as { readonly kind?: string; readonly code?: string; readonly seconds?: number };
    if (event !== 'rescheduled' || fields.code !== 'row-newer' || fields.kind === undefined) return [];
    expect(fields.seconds).toBeGreaterThanOrEqual(60);
    return [fields.kind];
  });
}

const isMarkOfTest: Select = ({ partitionKey, rowKey }) => rowKey === 'mark' && partitionKey.includes('test');
const isRecordRow: Select = ({ partitionKey }) => partitionKey === '|records';
const isGate: Select = ({ partitionKey }) => partitionKey.startsWith('|gate|');
const isResult: Select = ({ partitionKey }) => partitionKey.startsWith('|sync-result|');

test('an update that meets a newer mark goes back; another one of the same commit is delivered', async () => {
  const app = await started();
  await app.push('api', '2');
  await app.rest();
  const restore = await makeNewer(app, isMarkOfTest);
  sentBack(app);
  await app.push('api', '3');
  await app.work();
  expect(sentBack(app)).toEqual(['tag-update']);
  expect([await app.file('dev/api.yaml'), await app.file('test/api.yaml')]).toEqual([fileOf('3'), fileOf('2')]);
  expect(await stateOf(app, 'test', '3')).toBe('queued');
  await restore();
  await app.rest();
  expect(await app.file('test/api.yaml')).toBe(fileOf('3'));
  expect(await stateOf(app, 'test', '3')).toBe('committed');
});

test('a push that landed, with a mark that is newer, stops no other update of its branch, and is recorded later', async () => {
  const app = await started();
  const base = await app.tip();
  await app.push('api', '2');
  await app.rest();
  const [record] = (await app.stores.index.list({ environment: 'test', tag: '2' }, { limit: 1 })).deployments;
  if (!record) throw new Error('there is no record');
  const target = 'https://dev.azure.com/contoso/platform/_git/gitops#main';
  const at = new Date().toISOString();
  await app.stores.records.recordIntent({ id: 'p1', target, base, updates: [record.update], at, by: 'dead' });
  const restore = await makeNewer(app, isMarkOfTest);
  sentBack(app);
  await app.push('api', '3');
  await app.work();
  expect(sentBack(app)).toEqual(['tag-update']);
  expect(await app.file('dev/api.yaml')).toBe(fileOf('3'));
  expect(await app.stores.records.intents(target)).toHaveLength(1);
  await restore();
  await app.rest();
  expect(await app.stores.records.intents(target)).toEqual([]);
  expect(await app.file('test/api.yaml')).toBe(fileOf('3'));
});

test('effects of a newer record go back; they are done by who can read it', async () => {
  const app = await started();
  const task = gateOn(app, '2');
  await task.answered;
  await app.push('api', '2');
  await app.rest();
  await app.tell('argocd/shop-dev', healthyAt(await app.tip(), 60));
  const { deployments } = await app.stores.index.list({ environment: 'dev', tag: '2' }, { limit: 1 });
  const [record] = deployments;
  if (!record) throw new Error('there is no record');
  // As if the worker had died before the effects.
  await app.stores.records.update(record.update, (current) => {
    const { followed: _followed, ...rest } = current ?? record;
    return rest;
  });
  const restore = await makeNewer(app, isRecordRow);
  sentBack(app);
  await app.send({ kind: 'effects', body: { updates: [record.update] } });
  await app.work();
  expect(sentBack(app)).toEqual(['effects']);
  await restore();
  await app.rest();
  expect((await task.finished).result).toBe('succeeded');
  const [after] = (await app.stores.index.list({ environment: 'dev', tag: '2' }, { limit: 1 })).deployments;
  expect(after?.followed).toBeDefined();
});

test.each([
  ['records', isRecordRow],
  ['gates', isGate],
  ['stored results', isResult],
])(
  'newer %s: a sync result or its gate goes back, and the gate ends',
  async (_name, select) => {
    const app = await started();
    const task = gateOn(app, '2');
    await task.answered;
    await app.push('api', '2');
    await app.rest();
    const tip = await app.tip();
    // An earlier result is stored.
    await app.tell('argocd/shop-dev', progressingAt(tip, 30));
    await app.rest();
    const restore = await makeNewer(app, select);
    sentBack(app);
    await app.tell('argocd/shop-dev', healthyAt(tip, 60));
    await app.work();
    expect(sentBack(app)).not.toEqual([]);
    await restore();
    await app.rest();
    expect(await stateOf(app, 'dev', '2')).toBe('healthy');
    expect((await task.finished).result).toBe('succeeded');
  },
  30_000,
);

test('after a day the message is kept in `abandoned`, and a replay by the newer version delivers it', async () => {
  const app = await started();
  await app.push('api', '2');
  await app.rest();
  await app.push('api', '3');
  const restoreMark = await makeNewer(app, isMarkOfTest);
  await app.work();
  const restoreRecords = await makeNewer(app, isRecordRow);
  for (let hours = 0; hours < 30; hours += 1) {
    clock.advance(hourMs);
    await app.work();
  }
  const lines = app.lines.splice(0);
  expect(lines.filter((line) => line.startsWith('thrown'))).toEqual([]);
  expect(lines.some((line) => line.startsWith('error abandoned '))).toBe(true);
  expect(lines.some((line) => line.startsWith('error abandoned-not-recorded '))).toBe(true);
  expect(await app.count()).toBe(0);
  await restoreRecords();
  await restoreMark();
  expect((await app.order('replay', { all: true })).status).toBe(202);
  await app.rest();
  expect(await app.file('test/api.yaml')).toBe(fileOf('3'));
});
