import { expect, test } from 'vitest';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import type { Deployment, DeploymentState } from '../../../src/lib/model/deployment.ts';
import { progressStates } from '../../../src/lib/model/progress.ts';
import { buildTagsOf } from '../../../src/lib/effects/build-tags.ts';
import type { Member } from '../../../src/lib/effects/member.ts';
import { fit } from '../../../src/lib/git/status-text.ts';
import { statusesOf } from '../../../src/lib/effects/statuses-of.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import { routeImage } from '../../../src/lib/delivery/plan/route-image.ts';

const routes = `
routes:
  '{service}':
    image: fabrikam.azurecr.io/{service}
    repository: https://dev.azure.com/fabrikam/platform/_git/gitops
    update: [{ file: '{service}/{environment}.yaml', helm: { tag: image.tag } }]
    environments:
      dev: { delivery: commit, application: '{environment}/argocd/shop' }
      prod: { delivery: commit, application: [weu/argocd/shop, neu/argocd/shop] }
      test: { delivery: commit }
`;
const hosts = { azureDevOpsCollections: [], registries: [] };
const { table } = loadRoutes([{ setting: 'ROUTES', text: routes }], hosts);

function member(service: string, environment: string, state: DeploymentState, reason?: string): Member {
  const image = { registry: 'fabrikam.azurecr.io', repository: service, tag: 'v7' };
  if (!table) throw new Error('the routes of the test do not load');
  const { update } =
    routeImage(table, image, '2026-11-20T10:00:00Z').updates.find((one) => one.update.environment === environment) ??
    unknown(environment);
  const found = table.find(`fabrikam.azurecr.io/${service}`, environment) ?? unknown(environment);
  const now = new Date('2026-11-20T10:00:01Z');
  const record: Deployment = moveTo(
    queued(update, found.environment.repository, now),
    state,
    { commit: 'c0ffee', ...(reason === undefined ? {} : { reason }) },
    now,
  );
  const shown = progressStates.find((one) => one === state);
  const details = reason === undefined ? {} : { reason };
  const progress = Object.fromEntries(
    found.environment.application.map((name) => [name, { state: shown ?? 'syncing', at: '', ...details }]),
  );
  return { deployment: { ...record, ...(shown && { progress }) }, environment: found.environment };
}

function unknown(environment: string): never {
  throw new Error(`the routes of the test have no environment ${environment}`);
}

const noLink = (): undefined => undefined;

test('a context is named by environment and application, or by environment and route where nothing is waited for', () => {
  const names = statusesOf(
    [member('cart', 'dev', 'committed'), member('cart', 'prod', 'healthy'), member('cart', 'test', 'committed')],
    noLink,
  ).map(({ context, state }) => [context.genre, context.name, state]);
  expect(names).toEqual([
    ['argocd', 'dev/dev/argocd/shop', 'pending'],
    ['argocd', 'prod/neu/argocd/shop', 'succeeded'],
    ['argocd', 'prod/weu/argocd/shop', 'succeeded'],
    ['argocd', 'test/cart', 'succeeded'],
  ]);
});

test('of deployments that share a context the worst is shown, and how many are like it', () => {
  const [status] = statusesOf(
    [
      member('cart', 'dev', 'healthy'),
      member('search', 'dev', 'failed', 'Deployment search: ImagePullBackOff'),
      member('mail', 'dev', 'failed', 'Deployment mail: ImagePullBackOff'),
      member('login', 'dev', 'superseded'),
      member('pay', 'dev', 'syncing'),
    ],
    noLink,
  );
  expect(status).toMatchObject({ state: 'failed' });
  expect(status?.description).toBe('v7 failed: Deployment mail: ImagePullBackOff (and 1 more)');
});

test('what was superseded counts for nothing beside what has ended', () => {
  const [status] = statusesOf([member('cart', 'dev', 'superseded'), member('search', 'dev', 'healthy')], noLink);
  expect(status).toMatchObject({ state: 'succeeded' });
  expect(statusesOf([member('cart', 'dev', 'superseded')], noLink)[0]).toMatchObject({ state: 'notApplicable' });
});

test('a description is one line of at most 140 characters and cuts no character in two', () => {
  for (const before of ['', 'c']) {
    const [status] = statusesOf([member('cart', 'dev', 'failed', `a\nb${before} ${'🙂'.repeat(200)}`)], noLink);
    expect(status?.description.length).toBeLessThanOrEqual(140);
    expect(status?.description).toMatch(/^v7 failed: a bc? 🙂+ … 🙂+$/u);
  }
  expect(fit('short', 10)).toBe('short');
});

test('a description shows which attempt failed, and the cause at the end of a long message', () => {
  const { deployment, environment } = member('cart', 'dev', 'syncing');
  const reason = `attempt 2 of 5 failed: one or more objects failed, reason: ${'x '.repeat(70)}spec.replicas is wrong`;
  const failures = [{ resource: 'apps/Deployment shop/cart', message: 'invalid' }];
  const progress = { 'dev/argocd/shop': { state: 'syncing', at: '', reason, failures } } as const;
  const [status] = statusesOf([{ deployment: { ...deployment, progress }, environment }], noLink);
  expect(status?.description).toMatch(/^v7 is being rolled out: attempt 2 of 5 .* … .*spec\.replicas is wrong$/);
});

test('a build is healthy in an environment when all its deployments are, and failed when one is', () => {
  const tags = buildTagsOf([
    member('cart', 'dev', 'healthy'),
    member('search', 'dev', 'degraded'),
    member('cart', 'prod', 'healthy'),
    member('search', 'prod', 'superseded'),
    member('cart', 'test', 'committed'),
  ]);
  expect(Object.fromEntries(tags)).toEqual({
    dev: { add: 'dev-failed', opposite: 'dev-healthy' },
    prod: { add: 'prod-healthy', opposite: 'prod-failed' },
    test: { add: 'test-healthy', opposite: 'test-failed' },
  });
  expect([...buildTagsOf([member('cart', 'dev', 'healthy'), member('search', 'dev', 'syncing')])]).toEqual([]);
});

test('an update whose tag the registry moved is shown as superseded, not as failed', () => {
  const { deployment, environment } = member('cart', 'prod', 'queued');
  const moved = { code: 'tag-moved', reason: 'the registry moved v7', supersededBy: 'v7@sha256:b' } as const;
  const record = moveTo(deployment, 'rejected', moved, new Date());
  expect(statusesOf([{ deployment: record, environment }], noLink).map(({ state }) => state)).toEqual([
    'notApplicable',
    'notApplicable',
  ]);
});
