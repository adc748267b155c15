import { expect, test } from 'vitest';
import { daysOf } from '../../ui/figures/report.ts';
import { formatCause } from '../../ui/cause.ts';
import { stepsOf } from '../../ui/deployment/steps.ts';
import { matrixOf } from '../../ui/environments/matrix.ts';
import { parseAddress, formatAddress } from '../../ui/address.ts';

test('every day of the period has a bar, also one without figures', () => {
  const figures = { deployments: 3, changes: 4, failedChanges: 1, durations: {} };
  const period = { first: '2026-10-30', last: '2026-11-01', days: 3 };
  expect(daysOf({ period, days: [{ day: '2026-10-31', ...figures }] })).toEqual([
    { day: '2026-10-30', good: 0, failed: 0 },
    { day: '2026-10-31', good: 3, failed: 1 },
    { day: '2026-11-01', good: 0, failed: 0 },
  ]);
});

function cell(route: string, environment: string, state: string) {
  return {
    route,
    environment,
    image: route,
    deployed: { id: '1', tag: '1', state, since: '', cause: { kind: 'push' } },
    queued: 0,
  };
}

test('the matrix has stages in their order, groups by the first segment, and obeys the filter', () => {
  const all = [
    cell('gateway', 'prod', 'healthy'),
    cell('shop/api', 'prod', 'failed'),
    cell('shop/api', 'dev', 'healthy'),
    cell('shop/web', 'staging', 'superseded'),
    { ...cell('shop/old', 'dev', 'healthy'), configured: false },
  ];
  const none = { route: '', environment: '', state: '', removed: false };
  const matrix = matrixOf(all, none);
  expect(matrix.environments).toEqual(['dev', 'staging', 'prod']);
  expect(matrix.groups.map(({ name, rows }) => [name, rows.map(({ route }) => route)])).toEqual([
    ['', ['gateway']],
    ['shop', ['shop/api', 'shop/web']],
  ]);
  const routes = (filter: Partial<typeof none>) =>
    matrixOf(all, { ...none, ...filter }).cells.map(({ route }) => route);
  expect(routes({ state: 'attention' })).toEqual(['shop/api']);
  expect(routes({ route: 'shop/', environment: 'dev', removed: true })).toEqual(['shop/api', 'shop/old']);
});

test('an address is read as it was written', () => {
  const address = { view: 'deployments', id: 'a/b ?', query: { route: 'shop/<b>&x' } };
  expect(parseAddress(formatAddress(address))).toEqual(address);
  expect(parseAddress('')).toEqual({ view: 'environments', query: {} });
  expect(parseAddress('#/deployments/%zz')).toMatchObject({ id: '%zz' });
});

test('a step of the timeline has its duration, and who started the sync', () => {
  const states = [
    { state: 'queued', at: '2026-11-20T10:00:01Z' },
    { state: 'healthy', at: '2026-11-20T10:01:00Z', syncedBy: 'kim' },
  ];
  expect(stepsOf({ pushedAt: '2026-11-20T10:00:00Z', states })).toEqual([
    { name: 'pushed', at: '2026-11-20T10:00:00Z' },
    { name: 'queued', at: '2026-11-20T10:00:01Z', after: 1_000 },
    { name: 'healthy', at: '2026-11-20T10:01:00Z', after: 59_000, syncedBy: 'kim' },
  ]);
});

test.each([
  [{ kind: 'push' }, 'push'],
  [{ kind: 'promotion', from: ['dev', 'qa'] }, 'promoted from dev, qa'],
  [{ kind: 'promotion', from: ['dev'], actor: 'kim' }, 'promoted from dev by kim'],
  [{ kind: 'replay' }, 'replay'],
  [{ kind: 'replay', actor: 'kim' }, 'replay by kim'],
  [{ kind: 'rollback', automatic: true }, 'automatic rollback'],
  [{ kind: 'rollback', automatic: false, actor: 'kim' }, 'rollback by kim'],
])('the cause %o is shown as: %s', (cause, text) => {
  expect(formatCause(cause)).toBe(text);
});
