import { expect, test } from 'vitest';
import { isMember, targetsOf } from '../../../src/lib/effects/targets.ts';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';

const at = new Date('2026-11-20T10:00:00.000Z');
const update: TagUpdate = {
  id: 'a'.repeat(32),
  route: 'api',
  environment: 'dev',
  image: { registry: 'contoso.azurecr.io', repository: 'api', tag: '2' },
  pushedAt: at.toISOString(),
  cause: { kind: 'push' },
};
const url = (name: string) => `https://dev.azure.com/contoso/platform/_git/${name}`;
const environment = {
  name: 'dev',
  repository: url('now'),
  application: [],
  delivery: 'commit' as const,
  statuses: { source: true },
};

test.each([
  ['then', 'then'],
  ['', 'now'],
])(
  'a commit and a pull request are of the repository of the record, %j, also if the route has another',
  (name, expected) => {
    const record = queued(update, name === '' ? '' : url(name), at);
    const commit = 'c'.repeat(40);
    const deployment = moveTo(record, 'committed', { commit, pullRequest: { number: 7, url: 'x' } }, at);
    const repository = url(expected);
    expect(targetsOf({ deployment, environment })).toEqual([
      { kind: 'commit', repository, commit },
      { kind: 'pull-request', repository, number: 7, commit },
    ]);
  },
);

const source = url('shop');
const build = {
  collection: 'https://dev.azure.com/contoso',
  project: 'shop',
  id: 5,
  number: '5',
  definition: { id: 1, name: 'shop' },
  url: 'x',
  repository: source,
  sourceBranch: 'refs/pull/17/merge',
  sourceVersion: 'd'.repeat(40),
  reason: 'pullRequest',
  trusted: true,
};

/** The pull requests that show a preview. */
function pullRequests(more: Partial<typeof build>, shown = environment) {
  const preview = { ...moveTo(queued(update, '', at), 'committed', { edits: [] }, at), build: { ...build, ...more } };
  return targetsOf({ deployment: preview, environment: shown }).filter(({ kind }) => kind === 'pull-request');
}

test('a preview is shown on the pull request that its trusted build was made from', () => {
  expect(pullRequests({})).toEqual([{ kind: 'pull-request', repository: source, number: 17 }]);
  expect(pullRequests({ trusted: false })).toEqual([]);
  expect(pullRequests({ sourceBranch: 'refs/heads/main' })).toEqual([]);
  expect(pullRequests({}, { ...environment, statuses: { source: false } })).toEqual([]);
});

test('a preview that a newer image superseded is not shown there', () => {
  const target = { kind: 'pull-request', repository: source, number: 17 } as const;
  const committed = moveTo({ ...queued(update, '', at), build }, 'committed', { edits: [] }, at);
  expect(isMember({ deployment: committed, environment }, target)).toBe(true);
  expect(isMember({ deployment: moveTo(committed, 'superseded', {}, at), environment }, target)).toBe(false);
});
