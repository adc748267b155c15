import { expect, test } from 'vitest';
import { commitStatuses } from '../../../src/lib/in-force/commit-statuses.ts';
import type { Problem } from '../../../src/lib/routes/route.ts';

const prefix = 'https://git.contoso.example/routes#main:';

function document(path: string, errors: readonly Omit<Problem, 'severity' | 'code' | 'setting'>[]) {
  const label = `${prefix}${path}`;
  return {
    document: { repository: 'https://git.contoso.example/routes', path, label },
    commit: undefined,
    errors: errors.map((one) => ({ severity: 'error', code: 'wrong-value', setting: label, ...one }) as const),
  };
}

const lines = (count: number, message: string) =>
  Array.from({ length: count }, (_, index) => ({ line: index + 1, column: 3, message }));

test('documents without errors have one succeeded status with the summary', () => {
  expect(commitStatuses([document('a.yaml', [])], '1 route: 1 added (cart)')).toEqual([
    { state: 'succeeded', context: { genre: 'tagrelay', name: 'routes' }, description: '1 route: 1 added (cart)' },
  ]);
});

test('a long summary is cut', () => {
  const [status] = commitStatuses([document('a.yaml', [])], 'x'.repeat(200));
  expect(status?.description).toBe(`${'x'.repeat(139)}…`);
});

test('short errors share a status', () => {
  const documents = [document('a.yaml', lines(2, 'is wrong')), document('b.yaml', lines(1, 'is wrong'))];
  expect(commitStatuses(documents, '').map(({ description }) => description)).toEqual([
    '3 errors: a.yaml:1:3 is wrong; a.yaml:2:3 is wrong; b.yaml:1:3 is wrong',
  ]);
});

test('every error has its place, in statuses that every Git host accepts', () => {
  const statuses = commitStatuses([document('teams/a.yaml', lines(9, 'word '.repeat(60)))], '');
  expect(statuses.map(({ context }) => context.name)).toEqual([
    'routes',
    ...[2, 3, 4, 5, 6, 7, 8, 9].map((n) => `routes-${n}`),
  ]);
  for (const [index, { state, description }] of statuses.entries()) {
    expect(state).toBe('failed');
    expect(description).toContain(`teams/a.yaml:${index + 1}:3 word`);
    expect(description.length).toBeLessThanOrEqual(140);
  }
});

test('more errors than fit are counted', () => {
  const statuses = commitStatuses([document('a.yaml', lines(30, 'word '.repeat(60)))], '');
  expect(statuses).toHaveLength(10);
  expect(statuses.at(-1)?.description).toBe('21 more: npx tagrelay status --routes lists all');
});

test('a message names another document of the repository by its path', () => {
  const message = `there is already a route "cart" at ${prefix}b.yaml:2:3`;
  const [status] = commitStatuses([document('a.yaml', [{ line: 4, column: 3, message }]), document('b.yaml', [])], '');
  expect(status?.description).toBe('a.yaml:4:3 there is already a route "cart" at b.yaml:2:3');
});
