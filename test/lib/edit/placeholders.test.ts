import { expect, test } from 'vitest';
import { applyChanges, findChanges, openFile } from '../../../src/lib/edit/edit.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import { placeholder, readParameter } from '../../../src/lib/edit/kinds/placeholder.ts';
import { loadText } from '../routes/support.ts';

const image = { registry: 'contoso.azurecr.io', repository: 'store/web', tag: 'v2' };

function applicationSet(generators: string, tag = '{{ .tag }}'): string {
  return `kind: ApplicationSet
spec:
  generators:
${generators}
  template:
    spec:
      source:
        helm:
          valuesObject:
            image: { repository: contoso.azurecr.io/store/web, tag: '${tag}' }
`;
}

function messageOf(text: string): string {
  const file = openFile('set.yaml', text);
  try {
    findChanges(file, { kind: 'application', file: 'set.yaml', create: false, digest: false }, image);
  } catch (error) {
    if (error instanceof Failure && error.code === 'filled-by-generator') return error.message;
    throw error;
  }
  return 'no failure';
}

test.each([
  ['  - list: { elements: [{ env: test, tag: v1 }] }', 'list generator at set.yaml:4:5'],
  ['  - matrix:\n      generators:\n      - clusters: {}\n      - list: { elements: [{ tag: v1 }] }', 'set.yaml:7:9'],
  ["  - list:\n      elementsYaml: '{{ .all }}'\n      elements: []", '`elementsYaml` is not supported'],
  ['  - git: { files: [{ path: "envs/*.json" }] }', 'git at set.yaml:4:5'],
  ['  - clusters: {}\n  - git: {}', 'clusters at set.yaml:4:5, git at set.yaml:5:5'],
])('the failure names the generator: %s', (generators, expected) => {
  expect(messageOf(applicationSet(generators))).toContain(expected);
});

test.each(['{{tag}}', '{{ .tag }}', '{{- .tag -}}', '{{ index . "tag" }}', 'v{{ .tag }}', '{{ .tag }}-slim'])(
  'the parameter of %s',
  (text) => {
    expect(readParameter(text)?.name).toBe('tag');
  },
);

test.each(['{{ .tag | quote }}', '{{tag}}-{{env}}', 'v1', '{{ if .tag }}v{{ .tag }}{{ end }}'])(
  '%s has no single parameter',
  (text) => {
    expect(readParameter(text)).toBeUndefined();
  },
);

test.each(['v1', '1.0.0', 'main__2', 'a__b__c', '__', '2026.11.28', 'sha-0a1b', `x@sha256:${'a'.repeat(64)}`, '$1'])(
  '%s is no placeholder',
  (text) => {
    expect(placeholder.test(text)).toBe(false);
  },
);

test('the element of an environment, from a route to the file', () => {
  const { table } = loadText(`
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops }
routes:
  web:
    image: contoso.azurecr.io/store/web
    environments: [test, live]
    update: [{ file: set.yaml, application: { element: 'env={environment}' } }]
`);
  const update = table?.find('contoso.azurecr.io/store/web', 'live')?.environment.update[0];
  if (!update) throw new Error('expected an update');
  const text = applicationSet('  - list: { elements: [{ env: test, tag: v1 }, { env: live, tag: v0 }] }');
  const file = openFile('set.yaml', text);
  expect(applyChanges(file, findChanges(file, update, image))).toBe(text.replace('tag: v0', 'tag: v2'));
});

test('a parameter that the element lacks is inserted with `create` only', () => {
  const file = openFile('set.yaml', applicationSet('  - list: { elements: [{ env: live }] }'));
  const update = {
    kind: 'application',
    file: 'set.yaml',
    digest: false,
    element: { kind: 'member', field: 'env', value: 'live' },
  } as const;
  expect(() => findChanges(file, { ...update, create: false }, image)).toThrow(/has no .*tag/);
  const text = applyChanges(file, findChanges(file, { ...update, create: true }, image));
  expect(text).toContain('elements: [{ env: live, tag: v2 }]');
});

test('two elements with the key are ambiguous, in several generators too', () => {
  const file = openFile(
    'set.yaml',
    applicationSet('  - list: { elements: [{ env: live }] }\n  - list: { elements: [{ env: live }] }'),
  );
  const element = { kind: 'member', field: 'env', value: 'live' } as const;
  const update = { kind: 'application', file: 'set.yaml', create: false, digest: false, element } as const;
  expect(() => findChanges(file, update, image)).toThrow('2 elements have env=live');
});
