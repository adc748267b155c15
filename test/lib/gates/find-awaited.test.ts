import { beforeEach, describe, expect, test } from 'vitest';
import { makeDeploymentIndex } from '../../../src/lib/deployments/deployment-index.ts';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import type { Deployment, DeploymentState } from '../../../src/lib/model/deployment.ts';
import { makeTableStore } from '../../../src/lib/deployments/table-store.ts';
import { decideGate } from '../../../src/lib/gates/decide-gate.ts';
import { findAwaited } from '../../../src/lib/gates/find-awaited.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import { makeFindEnvironment } from '../../../src/lib/delivery/apply-update.ts';
import { replayOf, updateId } from '../../../src/lib/model/tag-update.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import type { Gate } from '../../../src/lib/gates/gate.ts';
import { endsAt, newGate, openedAt } from '../../support/gate.ts';
import { sharedTable } from '../../support/shared-storage.ts';

const { table } = loadRoutes(
  [
    {
      setting: 'ROUTES',
      text: `
routes:
  '{service}':
    image: fabrikam.azurecr.io/{service}
    repository: https://dev.azure.com/fabrikam/platform/_git/gitops
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments:
      dev: { delivery: commit, tags: { order: numeric }, application: 'argocd/{service}' }
`,
    },
  ],
  { azureDevOpsCollections: [], registries: [] },
);

const newRows = sharedTable();

let service = '';
beforeEach(() => {
  // Each test has a route of its own, as all share one store.
  service = `s${crypto.randomUUID().slice(0, 8)}`;
});

const now = Date.parse('2026-11-20T10:30:00Z');

function update(tag: string, digest?: string): TagUpdate {
  const image = { registry: 'fabrikam.azurecr.io', repository: service, tag, ...(digest !== undefined && { digest }) };
  return {
    id: updateId(service, 'dev', image, digest !== undefined),
    route: service,
    environment: 'dev',
    image,
    pushedAt: openedAt,
    cause: { kind: 'push' },
  };
}

function bench() {
  const rows = newRows();
  const store = makeTableStore(rows);
  let minute = 0;
  const record = async (
    of: TagUpdate,
    state: DeploymentState,
    details: Partial<Pick<Deployment, 'commit' | 'code' | 'reason' | 'supersededBy'>> = {},
  ): Promise<void> => {
    minute += 1;
    const at = new Date(Date.parse(openedAt) + minute * 1000);
    await store.update(of, (current) => moveTo(current ?? queued(of, '', at), state, details, at));
  };
  const mark = (tag: string, commit?: string): Promise<void> =>
    store.updateMark({ route: service, environment: 'dev' }, () => ({
      tag,
      pushedAt: openedAt,
      ...(commit === undefined ? {} : { commit }),
    }));
  /** What a gate that waits for a tag of the route decides now. */
  const decide = async (tag: string) => {
    const { task, question } = newGate({ routes: [service], selector: { kind: 'tag', tag } });
    const awaited = await findAwaited(
      { task, question },
      {
        index: makeDeploymentIndex(rows),
        store,
        findEnvironment: makeFindEnvironment(() =>
          table ? Promise.resolve(table) : Promise.reject(new Error('the routes of the test do not load')),
        ),
      },
    );
    return decideGate({ question, openedAt, endsAt }, awaited, now);
  };
  return { store, record, mark, decide };
}

const findEnvironment = () => Promise.resolve(undefined);

/** The decision of a gate after these records. */
async function decideBy(selector: Gate['question']['selector'], records: readonly Deployment[]) {
  const rows = newRows();
  const store = makeTableStore(rows);
  for (const record of records) await store.update(record.update, () => record);
  const { task, question } = newGate({ routes: [service], selector });
  const awaited = await findAwaited({ task, question }, { index: makeDeploymentIndex(rows), store, findEnvironment });
  return decideGate({ question, openedAt, endsAt }, awaited, now);
}

function recordAt(at: string, of: TagUpdate, state: DeploymentState, details: Partial<Deployment> = {}): Deployment {
  return { ...moveTo(queued(of, '', new Date(at)), state, {}, new Date(at)), ...details };
}

const waits = { kind: 'waits' };
const fails = { kind: 'decided', succeeded: false };
const succeeds = { kind: 'decided', succeeded: true };

test('superseded by ours: the mark leads to the one that took its place', async () => {
  const { record, mark, decide } = bench();
  await record(update('2'), 'superseded', { reason: 'the file holds 3, which is newer', supersededBy: '3' });
  await record(update('3'), 'committed', { commit: 'c3' });
  await mark('3', 'c3');
  expect(await decide('2')).toMatchObject(waits);
  await record(update('3'), 'healthy', { commit: 'c3' });
  expect(await decide('2')).toMatchObject(succeeds);
});

test('superseded by what a person wrote: an older deployment that is healthy decides nothing', async () => {
  const { record, mark, decide } = bench();
  await record(update('2'), 'healthy', { commit: 'c2' });
  await mark('2', 'c2');
  await record(update('5'), 'superseded', { reason: 'the file holds 7, written by another', supersededBy: '7' });
  expect(await decide('5')).toMatchObject({ ...fails, text: expect.stringContaining('the file holds 7') });
});

test('superseded in its pull request: the one that is proposed now decides, not what was there before', async () => {
  const { record, mark, decide } = bench();
  await record(update('1'), 'healthy', { commit: 'c1' });
  await mark('1', 'c1');
  await record(update('2'), 'superseded', { supersededBy: '3' });
  await record(update('3'), 'superseded', { supersededBy: '4' });
  await record(update('4'), 'pull-request');
  expect(await decide('2')).toMatchObject(waits);
  await record(update('4'), 'rejected', { reason: 'closed' });
  expect(await decide('2')).toMatchObject({ ...fails, text: expect.stringContaining('closed') });
});

test('the mark is raised before the record that it stands for: the gate waits for that', async () => {
  const { record, mark, decide } = bench();
  await record(update('2'), 'superseded', { commit: 'c2' });
  await record(update('3'), 'queued');
  await mark('3', 'c3');
  expect(await decide('2')).toMatchObject(waits);
});

test('a person took it back: nothing newer decides, and no replay does that it was before', async () => {
  const { record, mark, decide } = bench();
  await record(update('2'), 'healthy', { commit: 'c2' });
  const again = replayOf(update('2'), 1);
  await record(again, 'superseded', { commit: 'c3', reason: 'c4 holds another value' });
  await mark('2', 'c3');
  expect(await decide('2')).toMatchObject({ ...fails, text: expect.stringContaining('c4 holds another value') });
  await mark('2', 'c2');
  expect(await decide('2')).toMatchObject(fails);
});

test('while a push intent of its route is open, a gate does not fail', async () => {
  const { store, record, mark, decide } = bench();
  await record(update('2'), 'superseded', { commit: 'c2', reason: 'c3 holds another value' });
  await mark('2', 'c2');
  const intent = { id: 'a', target: `${service}#main`, base: 'c2', updates: [update('3')], at: openedAt };
  await store.recordIntent(intent);
  expect(await decide('2')).toEqual({ kind: 'waits', until: now + 60_000 });
  await store.removeIntent(intent);
  expect(await decide('2')).toMatchObject(fails);
});

test('a tag that was moved on: the digest that it points to now decides, and no older one of that tag', async () => {
  const { record, mark, decide } = bench();
  const [first, second, third] = ['a', 'b', 'c'].map((digit) => `sha256:${digit.repeat(64)}`);
  await record(update('2', first), 'healthy', { commit: 'c1' });
  await mark('2', 'c1');
  await record(update('2', second), 'rejected', { code: 'tag-moved', supersededBy: `2@${third}` });
  expect(await decide('2')).toMatchObject(waits);
  await record(update('2', third), 'committed', { commit: 'c3' });
  await mark('2', 'c3');
  expect(await decide('2')).toMatchObject(waits);
  await record(update('2', third), 'failed', { commit: 'c3', reason: 'because' });
  expect(await decide('2')).toMatchObject({ ...fails, text: expect.stringContaining('because') });
});

test('a tag that was taken back: another digest of it that was healthy decides nothing', async () => {
  const { record, mark, decide } = bench();
  const [first, second] = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`);
  await record(update('2', first), 'healthy', { commit: 'c1' });
  await mark('2');
  await record(update('2', second), 'superseded', { reason: 'it was taken back' });
  expect(await decide('2')).toMatchObject({ ...fails, text: expect.stringContaining('taken back') });
});

describe('the newest record of a route decides', () => {
  const earlier = '2026-11-20T09:00:00.000Z';
  const repeated = '2026-11-20T10:00:05.000Z';
  const [first, second] = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`);
  const build = {
    id: 1,
    collection: 'https://dev.azure.com/fabrikam',
    project: 'shop',
    number: '1',
    url: '',
    definition: { id: 1, name: 'shop' },
    sourceBranch: '',
    sourceVersion: '',
    reason: '',
    trusted: true,
  };
  const byTag = { kind: 'tag', tag: '2' } as const;
  const byBuild = { kind: 'build', build: 1 } as const;
  const source = { commit: '5'.repeat(40) };
  const bySource = { kind: 'commit', commit: source.commit } as const;

  test.each<[string, Gate['question']['selector'], TagUpdate['image']['tag'], string, Partial<Deployment>]>([
    ['a tag that was moved', byTag, '2', '2', {}],
    ['a build that was run again under its id', byBuild, '2', '2', { build }],
    ['a stage of a build that pushed another tag', byBuild, '2', '3', { build }],
    ['a source commit that was built again', bySource, '2', '3', { source }],
  ])('%s', async (_, selector, oldTag, newTag, details) => {
    const old = (state: DeploymentState) => recordAt(earlier, update(oldTag, first), state, details);
    const fresh = (state: DeploymentState) => recordAt(repeated, update(newTag, second), state, details);
    expect(await decideBy(selector, [old('degraded'), fresh('syncing')])).toMatchObject(waits);
    service = `${service}x`;
    expect(await decideBy(selector, [old('failed'), fresh('healthy')])).toMatchObject(succeeds);
    service = `${service}x`;
    expect(await decideBy(selector, [old('healthy'), fresh('failed')])).toMatchObject(fails);
  });
});
