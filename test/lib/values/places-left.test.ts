import { expect, test } from 'vitest';
import { openFile } from '../../../src/lib/edit/edit.ts';
import type { FileEdit } from '../../../src/lib/model/file-edit.ts';
import { parsePath } from '../../../src/lib/model/value-path.ts';
import type { Environment } from '../../../src/lib/routes/route.ts';
import { editWarnings, inspect } from '../../../src/lib/values/inspect.ts';

const image = { registry: 'contoso.azurecr.io', repository: 'store/web', tag: 'v2' };
const base = { file: 'a.yaml', create: false } as const;
const manifest: FileEdit = { ...base, kind: 'manifest', digest: false };
const application: FileEdit = { ...base, kind: 'application', digest: false };

function warningsOf(text: string, ...update: readonly FileEdit[]): readonly string[] {
  const pushed = { pushedAt: '2026-01-01T00:00:00Z', cause: { kind: 'push' as const } };
  const resolved = {
    update: { id: '', route: 'web', environment: 'test', image, ...pushed },
    environment: { name: 'test', update } as unknown as Environment,
  };
  const inspection = inspect(resolved, new Map([['a.yaml', openFile('a.yaml', text)]]));
  return inspection === 'ignored' ? ['ignored'] : editWarnings(inspection);
}

const pod = `kind: Pod
spec:
  containers:
  - { name: web, image: contoso.azurecr.io/store/web:v1 }
`;

test.each([
  [
    'a template of a workflow',
    'template: { container: { image: contoso.azurecr.io/store/web:v1 } }',
    'template.container.image (a.yaml:5:33)',
  ],
  [
    'a volume',
    'volumes: [{ image: { reference: contoso.azurecr.io/store/web:v1 } }]',
    'volumes[0].image.reference (a.yaml:5:33)',
  ],
  ['name and tag apart', 'values: { repository: contoso.azurecr.io/store/web, tag: v1 }', 'values.tag (a.yaml:5:58)'],
  ['with a registry', 'values: { registry: contoso.azurecr.io, repository: store/web, tag: v0 }', 'values.tag'],
  ['a text', 'values: |\n  image: contoso.azurecr.io/store/web:v1\n', 'values (a.yaml:5:9)'],
  ['a placeholder', "args: 'contoso.azurecr.io/store/web:${TAG}'", 'args (a.yaml:5:7)'],
])('a second place of the image is named: %s', (_, second, place) => {
  const [warning, ...others] = warningsOf(pod + second, manifest);
  expect(warning).toContain(`contoso.azurecr.io/store/web stays at its old tag at ${place}`);
  expect(others).toEqual([]);
});

test.each([
  ['another image', 'args: contoso.azurecr.io/store/worker:v1'],
  ['the name alone', 'args: contoso.azurecr.io/store/web'],
  ['the new tag', 'args: contoso.azurecr.io/store/web:v2'],
  ['the new tag apart', 'values: { repository: contoso.azurecr.io/store/web, tag: v2 }'],
  ['a text with the new tag', 'values: |\n  image: contoso.azurecr.io/store/web:v2\n'],
  ['a longer name', 'values: |\n  image: contoso.azurecr.io/store/web-ui:v1\n'],
])('no warning: %s', (_, second) => {
  expect(warningsOf(pod + second, manifest)).toEqual([]);
});

test('another update of the environment may set the second place', () => {
  const second: FileEdit = { ...base, kind: 'yaml', path: parsePath('args'), value: '{repository}:{tag}' };
  expect(warningsOf(`${pod}args: contoso.azurecr.io/store/web:v1`, manifest, second)).toEqual([]);
});

test('an update by path or by container has no places left', () => {
  const text = `${pod}args: contoso.azurecr.io/store/web:v1`;
  expect(warningsOf(text, { ...manifest, container: 'web' })).toEqual([]);
  const path = parsePath('args');
  expect(warningsOf(text, { ...base, kind: 'helm', values: { image: path, digest: false } })).toEqual([]);
});

test('the text of `helm.values` beside a parameter of an Application', () => {
  const text = `kind: Application
spec:
  source:
    kustomize: { images: [contoso.azurecr.io/store/web:v1] }
    helm:
      values: |
        sidecar: contoso.azurecr.io/store/web:v1
`;
  expect(warningsOf(text, application)[0]).toContain('spec.source.helm.values (a.yaml:6:15)');
});
