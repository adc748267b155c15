import { expect, test } from 'vitest';
import { makeAuditStore } from '../../../src/lib/audit/audit-store.ts';
import { transitionsOf } from '../../../src/lib/audit/transitions.ts';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import { updateId } from '../../../src/lib/model/tag-update.ts';
import { sharedTable } from '../../support/shared-storage.ts';

const makeRows = sharedTable();
const at = (second: number): Date => new Date(Date.UTC(2026, 10, 20, 10, 0, second));
const range = { from: at(-3_600), to: at(3_600), limit: 100 };

function updateOf(tag: string, environment = 'dev') {
  const image = { registry: 'contoso.azurecr.io', repository: 'api', tag };
  const cause = { kind: 'push' as const };
  return { id: updateId('api', environment, image, false), route: 'api', environment, image, pushedAt: '', cause };
}

test('transitions are added once, also by a run that is repeated; pages go on where they ended', async () => {
  const audit = makeAuditStore(makeRows());
  const first = queued(updateOf('1'), '', at(1));
  const failed = moveTo(first, 'rejected', { code: 'not-yaml', reason: 'api.yaml is not YAML' }, at(2));
  const other = queued(updateOf('2', 'prod'), '', at(3));
  await audit.recordTransitions('2026-11-20T10', [first]);
  await audit.recordTransitions('2026-11-20T10', [first]);
  await audit.recordTransitions('2026-11-20T10', [failed, other]);
  await audit.recordTransitions('2026-11-20T10', [failed, other]);
  const { entries } = await audit.list({}, range);
  expect(entries).toEqual([...transitionsOf(other), ...transitionsOf(failed).toReversed()]);
  expect(entries[1]).toMatchObject({
    state: 'rejected',
    from: 'queued',
    code: 'not-yaml',
    reason: 'api.yaml is not YAML',
  });
  expect((await audit.list({ environment: 'prod' }, range)).entries).toHaveLength(1);
  const page = await audit.list({}, { ...range, limit: 1 });
  const rest = await audit.list({}, { ...range, ...(page.next !== undefined && { after: page.next }) });
  expect([...page.entries, ...rest.entries]).toEqual(entries);
  expect((await audit.list({}, { ...range, to: at(2) })).entries).toHaveLength(1);
  expect((await audit.list({}, { ...range, from: at(3) })).entries).toHaveLength(1);

  expect(await audit.removeBefore(at(3), 1)).toBe(1);
  expect(await audit.removeBefore(at(3), 10)).toBe(1);
  expect((await audit.list({}, range)).entries).toEqual(transitionsOf(other));
});

test('actors: the registry, the person of a rollback, Argo CD, tagrelay', () => {
  const rollback = { kind: 'rollback' as const, automatic: false, actor: 'kim', reason: 'errors' };
  const ordered = queued({ ...updateOf('1'), cause: rollback }, '', at(1));
  const committed = moveTo(ordered, 'committed', { applications: ['argocd/api'] }, at(2));
  const entries = transitionsOf(moveTo(committed, 'healthy', {}, at(3)));
  expect(entries.map(({ actor }) => actor)).toEqual(['kim', 'tagrelay', 'Argo CD argocd/api']);
  expect(entries[0]).toMatchObject({ cause: 'rollback', reason: 'errors' });
});
