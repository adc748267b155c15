import { expect, test } from 'vitest';
import { heldResourceSchema, holderOf } from '../../../src/lib/argocd/application-holder.ts';

const holder = (metadata: object) =>
  holderOf(heldResourceSchema.parse({ metadata: { name: 'shop-dev', ...metadata } }));
const tracking = 'argocd.argoproj.io/tracking-id';

test('the parent of an app of apps, by annotation and by label', () => {
  const annotations = { [tracking]: 'apps:argoproj.io/Application:argocd/shop-dev' };
  expect(holder({ annotations })).toEqual({ kind: 'application', name: 'apps' });
  expect(holder({ labels: { 'app.kubernetes.io/instance': 'apps' } })).toEqual({ kind: 'application', name: 'apps' });
});

test('a parent in another namespace', () => {
  const annotations = { [tracking]: 'team-a_apps:argoproj.io/Application:team-a/shop-dev' };
  expect(holder({ annotations })).toEqual({ kind: 'application', name: 'apps', namespace: 'team-a' });
});

test('an ApplicationSet, which may have a parent itself', () => {
  const ownerReferences = [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', name: 'shops', uid: 'u' }];
  expect(holder({ namespace: 'argocd', ownerReferences })).toEqual({
    kind: 'application-set',
    name: 'shops',
    namespace: 'argocd',
  });
});

test('an application that was made by hand has no holder', () => {
  expect(holder({})).toBeUndefined();
  expect(holder({ annotations: null, labels: { 'app.kubernetes.io/instance': '' } })).toBeUndefined();
});
