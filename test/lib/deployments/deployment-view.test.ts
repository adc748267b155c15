import { expect, test } from 'vitest';
import { deploymentViewSchema, viewDeployment, viewInList } from '../../../src/lib/deployments/deployment-view.ts';
import { deploymentOf } from '../../support/gate.ts';

const record = deploymentOf('api', 'healthy', { followed: 'version', diff: '-a\n+b', commit: 'c0ffee' });

test('a view has no field that only the app needs', () => {
  expect(viewDeployment(record)).toEqual({
    id: record.update.id,
    route: 'api',
    environment: 'dev',
    image: 'fabrikam.azurecr.io/api:7',
    tag: '7',
    pushedAt: record.update.pushedAt,
    state: 'healthy',
    states: record.states,
    updatedAt: record.updatedAt,
    repository: '',
    commit: 'c0ffee',
    applications: ['argocd/api'],
    diff: '-a\n+b',
  });
  expect(viewInList(record)).not.toHaveProperty('diff');
});

test('a replay names the update that it repeats', () => {
  const cause = { kind: 'replay', of: 'a'.repeat(32), number: 1 } as const;
  expect(viewDeployment({ ...record, update: { ...record.update, cause } })).toMatchObject({ replayOf: cause.of });
});

test('a reader accepts its own views, and states that it does not know', () => {
  const view = viewDeployment(record);
  expect(deploymentViewSchema.parse(JSON.parse(JSON.stringify(view)))).toEqual(view);
  expect(deploymentViewSchema.safeParse({ ...view, state: 'paused' }).success).toBe(true);
  expect(deploymentViewSchema.safeParse({ ...view, tag: 7 }).success).toBe(false);
});
