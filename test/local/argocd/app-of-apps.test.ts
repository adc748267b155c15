import { expect, test } from 'vitest';
import type { ArgoCd } from '../../../local/argocd/argocd.ts';
import { repoURL, until, useArgoCd } from './stage.ts';

const { start, commit } = useArgoCd();

const manifest = (tag: string, more = '') => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: shop-dev, namespace: team }
spec:
  source:
    repoURL: https://charts.contoso.example
    chart: shop
    targetRevision: 1.0.0
    kustomize: { images: ['api=contoso.azurecr.io/api:${tag}'] }
${more}`;
const apps = { name: 'apps', sources: [{ repoURL, path: 'apps/of-apps', targetRevision: 'main' }], syncPolicy: {} };
const child = (argocd: ArgoCd) => argocd.application('team/shop-dev');

async function startApps(more = '') {
  await commit({ 'apps/of-apps/shop.yaml': manifest('1', more) });
  const argocd = await start('1.0.0', { applications: [apps, { name: 'checkout-dev', sources: apps.sources }] });
  await until(() => expect(child(argocd).status.sync.status).toBe('Synced'));
  return argocd;
}

test('the Applications that an application deploys are applications, with what they set themselves', async () => {
  const argocd = await startApps();
  expect(child(argocd)).toMatchObject({
    metadata: {
      annotations: {
        'argocd.argoproj.io/tracking-id': expect.stringMatching(
          /^[\w-]+:argoproj\.io\/Application:team\/shop-dev$/,
        ) as unknown,
      },
    },
    spec: { project: 'default', source: { chart: 'shop' }, syncPolicy: {} },
    status: { summary: { images: ['contoso.azurecr.io/api:1'] } },
  });
});

test('a sync of the holder changes an Application; without automated sync that is OutOfSync then', async () => {
  const argocd = await startApps();
  await commit({ 'apps/of-apps/shop.yaml': manifest('2') });
  argocd.refresh();
  await until(() => expect(argocd.application('argocd/apps').status.sync.status).toBe('OutOfSync'));
  expect(child(argocd).status.sync.status).toBe('Synced');
  argocd.sync('argocd/apps');
  await until(() => expect(child(argocd).status.sync.status).toBe('OutOfSync'));
  expect(child(argocd).status.summary.images).toEqual(['contoso.azurecr.io/api:1']);
  argocd.sync('team/shop-dev');
  await until(() =>
    expect(child(argocd).status).toMatchObject({
      sync: { status: 'Synced' },
      summary: { images: ['contoso.azurecr.io/api:2'] },
    }),
  );
});

test('with automated sync it deploys the change by itself', async () => {
  const argocd = await startApps('  syncPolicy: { automated: {} }\n');
  await commit({ 'apps/of-apps/shop.yaml': manifest('2', '  syncPolicy: { automated: {} }\n') });
  argocd.refresh();
  await until(() => expect(argocd.application('argocd/apps').status.sync.status).toBe('OutOfSync'));
  argocd.sync('argocd/apps');
  await until(() => expect(child(argocd).status.summary.images).toEqual(['contoso.azurecr.io/api:2']));
});

test('an ApplicationSet is read with its own right; one that is missing is not found', async () => {
  const argocd = await start('1.0.0', {
    applicationSets: [{ name: 'shops', project: 'default', heldBy: 'apps' }],
    accounts: [
      { name: 'reader', token: 'reader-token' },
      { name: 'stranger', token: 'stranger-token' },
    ],
    policy: 'p, reader, applicationsets, get, default/*, allow',
  });
  const read = async (name: string, token: string) => {
    const response = await fetch(`${argocd.url}/api/v1/applicationsets/${name}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return { status: response.status, body: await response.json() };
  };
  expect(await read('shops', 'reader-token')).toMatchObject({
    status: 200,
    body: {
      metadata: { annotations: { 'argocd.argoproj.io/tracking-id': 'apps:argoproj.io/ApplicationSet:argocd/shops' } },
    },
  });
  expect(await read('shops', 'stranger-token')).toMatchObject({ status: 403 });
  expect(await read('others', 'reader-token')).toMatchObject({ status: 404 });
});
