import { expect, test } from 'vitest';
import type { SyncSource } from '../../../src/lib/intake/sync-result.ts';
import { pathsOf } from '../../../src/lib/rollback/paths-of.ts';
import type { Environment } from '../../../src/lib/routes/route.ts';

const gitops = 'https://git.contoso.example/gitops';
const update = [{ file: 'envs/dev/shop.yaml' }] as unknown as Environment['update'];
const paths = (...sources: SyncSource[]) => pathsOf({ sources }, { update }, (url) => url === gitops);
const file = 'envs/dev/shop.yaml';

test('[paths] the path of a source, its value files and the files of the route', () => {
  const valueFiles = ['values.yaml', '../../envs/common.yaml', '/envs/dev/shop.yaml', 'https://x.example/values.yaml'];
  expect(paths({ repoUrl: gitops, path: 'charts/shop', valueFiles })).toEqual([
    'charts/shop',
    'charts/shop/values.yaml',
    'envs/common.yaml',
    file,
  ]);
});

test('[paths] value files in another source of the repository, and in other repositories', () => {
  const chart = { repoUrl: 'https://charts.contoso.example', chart: 'shop' };
  const values = { repoUrl: gitops, ref: 'values', valueFiles: [] };
  const valueFiles = ['values.yaml', '$values/envs/dev/common.yaml'];
  expect(paths({ ...chart, valueFiles }, values)).toEqual(['envs/dev/common.yaml', file]);
  expect(paths({ ...chart, valueFiles: ['$other/a.yaml'] }, values, { ...values, ref: 'other', repoUrl: 'x' })).toEqual(
    [file],
  );
});

test('[paths] a pattern or variable counts as its folder', () => {
  const valueFiles = ['../envs/*/shop.yaml', '/envs/$ARGOCD_APP_NAME.yaml', '$ARGOCD_APP_NAMESPACE/x.yaml'];
  expect(paths({ repoUrl: gitops, path: 'charts', valueFiles })).toEqual(['charts', 'envs', file]);
});

test('[paths] if path or value files are unknown, the folders of the files of the route', () => {
  expect(paths({ repoUrl: gitops, path: 'charts/shop' })).toEqual(['charts/shop', 'envs/dev']);
  expect(paths({ repoUrl: gitops, valueFiles: [] })).toEqual(['envs/dev']);
  expect(paths({ repoUrl: 'https://git.contoso.example/other', path: 'x', valueFiles: [] })).toEqual(['envs/dev']);
  expect(paths()).toEqual(['envs/dev']);
});
