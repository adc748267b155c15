import type { HttpRequest, InvocationContext } from '@azure/functions';
import { expect, test } from 'vitest';
import { makeShowDeployment } from '../../src/functions/deployments.ts';
import { queued } from '../../src/lib/model/deployment.ts';
import { updateOf } from '../support/app-api.ts';

const update = { ...updateOf('shop/api', 'dev', 'shop/api', '1'), pushedAt: '2026-11-20T10:00:00.000Z' };
const at = new Date('2026-11-20T10:00:01.000Z');
const deployment = { ...queued(update, '', at), applications: ['argocd/shop-api', 'weu/argocd/shop-api'] };
const gate = { collection: 'https://dev.azure.com/fabrikam', environment: 'dev', found: [] };
const byTag = (tag: string) => ({ kind: 'tag' as const, tag });

test('a deployment has the pages of its applications and the gates that wait for it', async () => {
  const show = makeShowDeployment({
    index: { findById: () => Promise.resolve(deployment), findByPrefix: () => Promise.resolve([]) },
    argoCdInstances: new Map([
      ['', { url: 'http://127.0.0.1:1', publicUrl: 'https://argocd.contoso.com', token: 'secret' }],
    ]),
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
    },
  });
  expect(JSON.stringify(answer)).not.toContain('secret');
});
