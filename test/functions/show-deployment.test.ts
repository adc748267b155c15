import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { expect, test } from 'vitest';
import { makeShowDeployment } from '../../src/functions/deployments.ts';
import { moveTo, queued } from '../../src/lib/model/deployment.ts';
import type { Deployment } from '../../src/lib/model/deployment.ts';
import { loadRoutes } from '../../src/lib/routes/load.ts';
import { updateOf } from '../support/app-api.ts';

const update = { ...updateOf('shop/api', 'dev', 'shop/api', '1'), pushedAt: '2026-11-20T10:00:00.000Z' };
const at = new Date('2026-11-20T10:00:01.000Z');
const deployment = { ...queued(update, '', at), applications: ['argocd/shop-api', 'weu/argocd/shop-api'] };
const gate = { collection: 'https://dev.azure.com/fabrikam', environment: 'dev', found: [] };
const byTag = (tag: string) => ({ kind: 'tag' as const, tag });

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments:
  dev: { tags: { match: '^\\d+$', order: numeric }, application: argocd/shop-api }
  qa: { tags: { match: '^\\d+$', order: numeric }, application: argocd/shop-qa }
  prod: { promoteFrom: [dev, qa], soak: 2h }
  canary: { promoteFrom: [dev] }
routes:
  shop/api:
    image: contoso.azurecr.io/shop/api
    update: [{ file: '{environment}.yaml', helm: { tag: image.tag } }]
    environments: [dev, qa, prod, canary]
`;
const none = () => Promise.resolve({ deployments: [] });

function table(text: string) {
  const loaded = loadRoutes([{ setting: 'ROUTES', text }], { azureDevOpsCollections: [], registries: [] });
  if (!loaded.table) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
  return loaded.table;
}

async function shown(record: Deployment, records: readonly Deployment[]) {
  const show = makeShowDeployment({
    index: {
      findById: () => Promise.resolve(record),
      findByPrefix: () => Promise.resolve([]),
      findDiff: () => Promise.resolve(undefined),
      list: ({ tag }) => Promise.resolve({ deployments: tag === '1' ? records : [] }),
    },
    argoCdInstances: new Map(),
    gates: { open: () => Promise.resolve([]) },
    routes: () => Promise.resolve(table(routes)),
  });
  const answer = await show({ params: { id: update.id } } as unknown as HttpRequest, {} as InvocationContext);
  return ((answer as HttpResponseInit).jsonBody as { readonly promotions?: unknown }).promotions;
}

test('a deployment has the promotions that go on from it, and what holds each', async () => {
  const healthy = moveTo(deployment, 'healthy', {}, at);
  const target = queued(updateOf('shop/api', 'canary', 'shop/api', '1'), '', at);
  const reason = 'soaks in dev until 2026-11-20T12:00:00.000Z';
  const held = { heldBy: 'promotion', reason, heldUntil: '2026-11-20T11:00:00.000Z' } as const;
  expect(await shown(healthy, [healthy, moveTo(target, 'queued', held, at)])).toEqual([
    { environment: 'prod', sources: ['qa'], soakSeconds: 7_200 },
    { environment: 'canary', sources: [], soakSeconds: 0, id: target.update.id, state: 'queued', ...held },
  ]);
  expect(await shown(deployment, [deployment])).toEqual([
    { environment: 'prod', sources: ['dev', 'qa'], soakSeconds: 7_200 },
    { environment: 'canary', sources: ['dev'], soakSeconds: 0 },
  ]);
  const rejected = moveTo(deployment, 'rejected', { code: 'not-yaml', reason: 'x' }, at);
  expect(await shown(rejected, [rejected])).toBeUndefined();
});

test('a deployment has the pages of its applications and the gates that wait for it', async () => {
  const show = makeShowDeployment({
    index: {
      findById: () => Promise.resolve(deployment),
      findByPrefix: () => Promise.resolve([]),
      findDiff: () => Promise.resolve('-1\n+2\n'),
      list: none,
    },
    argoCdInstances: new Map([
      ['', { url: 'http://127.0.0.1:1', publicUrl: 'https://argocd.contoso.com', token: 'secret' }],
    ]),
    routes: () => Promise.resolve(table(routes)),
    gates: {
      open: () =>
        Promise.resolve([
          { ...gate, id: 'a', selector: byTag('1') },
          { ...gate, id: 'b', selector: byTag('2') },
          { ...gate, id: 'c', selector: byTag('1'), environment: 'prod' },
        ]),
    },
  });
  const request = { params: { id: update.id } } as unknown as HttpRequest;
  const answer = await show(request, {} as InvocationContext);
  expect(answer).toMatchObject({
    status: 200,
    jsonBody: {
      id: update.id,
      applicationLinks: { 'argocd/shop-api': 'https://argocd.contoso.com/applications/argocd/shop-api' },
      gates: [{ id: 'a', collection: gate.collection }],
      diff: '-1\n+2\n',
    },
  });
  expect(JSON.stringify(answer)).not.toContain('secret');
});
