import { expect, test } from 'vitest';
import { targetsOf } from '../../../src/lib/effects/targets.ts';
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
