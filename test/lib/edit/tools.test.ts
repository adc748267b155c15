import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { applyChanges, findChanges, lockChanges, openFile } from '../../../src/lib/edit/edit.ts';
import { parsePath } from '../../../src/lib/model/value-path.ts';
import type { FileEdit } from '../../../src/lib/model/file-edit.ts';
import { parseImageReference } from '../../../src/lib/model/image-reference.ts';

/** Proof with the tools that read the files in the end, where they are installed. */
function isInstalled(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args).status === 0;
}

const digest = `sha256:${'a'.repeat(64)}`;
const image = parseImageReference(`contoso.azurecr.io/shop/api:1241@${digest}`) ?? { registry: '', repository: '' };
let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tagrelay-tools-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function put(file: string, text: string): void {
  mkdirSync(dirname(join(directory, file)), { recursive: true });
  writeFileSync(join(directory, file), text);
}

function edit(file: string, update: FileEdit): void {
  const opened = openFile(file, readFileSync(join(directory, file), 'utf8'));
  put(file, applyChanges(opened, findChanges(opened, update, image)));
}

function withoutTime(text: string): string {
  return text.replace(/generated: .*/, '');
}

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, [...args], { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  template:
    spec:
      containers:
      - name: api
        image: api
`;

describe.skipIf(!isInstalled('kubectl', ['kustomize', '--help']))('kubectl kustomize', () => {
  test.each([
    ['an entry', 'resources: [deployment.yaml]\nimages:\n- name: api\n  newName: old\n  newTag: "1"\n'],
    ['no entry', 'resources:\n  - deployment.yaml\n'],
    ['an empty list', 'images: []\nresources: [deployment.yaml]\n'],
    ['an entry in flow style', 'resources: [deployment.yaml]\nimages: [{name: api, newTag: v1}]\n'],
  ])('renders the new image from %s', (_, kustomization) => {
    put('deployment.yaml', deployment);
    put('kustomization.yaml', kustomization);
    edit('kustomization.yaml', {
      kind: 'kustomize',
      file: 'kustomization.yaml',
      create: true,
      adopt: true,
      name: 'api',
      digest: false,
    });
    expect(run('kubectl', 'kustomize', '.')).toContain('image: contoso.azurecr.io/shop/api:1241\n');
    edit('kustomization.yaml', {
      kind: 'kustomize',
      file: 'kustomization.yaml',
      create: true,
      adopt: true,
      name: 'api',
      digest: true,
    });
    expect(run('kubectl', 'kustomize', '.')).toContain(`@${digest}\n`);
  });
});

describe.skipIf(!isInstalled('kustomize', ['version']))('kustomize edit set image', () => {
  test.each([
    ['a named entry', 'images:\n- name: api\n  newTag: v1\n', 'api', true],
    ['an entry with newName', 'images:\n- name: api\n  newName: old.io/api\n  newTag: v1\n', 'api', false],
    ['no entry', 'resources: []\nimages:\n- name: a\n  newTag: v1\n', 'api', true],
    ['the image itself', 'images:\n- name: contoso.azurecr.io/shop/api\n  newTag: v1\n', undefined, true],
  ])('sets what we set for %s', (_, kustomization, name, withDigest) => {
    put('theirs/kustomization.yaml', kustomization);
    put('ours/kustomization.yaml', kustomization);
    const reference = `contoso.azurecr.io/shop/api:1241${withDigest ? `@${digest}` : ''}`;
    execFileSync('kustomize', ['edit', 'set', 'image', name === undefined ? reference : `${name}=${reference}`], {
      cwd: join(directory, 'theirs'),
    });
    const file = 'ours/kustomization.yaml';
    edit(file, {
      kind: 'kustomize',
      file,
      create: true,
      adopt: true,
      digest: withDigest,
      ...(name === undefined ? {} : { name }),
    });
    const images = (path: string): unknown =>
      (parse(readFileSync(join(directory, path), 'utf8')) as { readonly images: unknown }).images;
    expect(images(file)).toEqual(expect.arrayContaining(images('theirs/kustomization.yaml') as unknown[]));
    expect(images('theirs/kustomization.yaml')).toEqual(expect.arrayContaining(images(file) as unknown[]));
  });
});

describe.skipIf(!isInstalled('helm', ['version', '--client']))('helm', () => {
  test.each(['tag: 1240', 'tag:', "tag: ''", 'tag: >-\n    1240', 'repository: x', '{}'])(
    'template renders the tag as text from %j',
    (line) => {
      put('chart/Chart.yaml', 'apiVersion: v2\nname: chart\nversion: 1.0.0\n');
      put('chart/values.yaml', line === '{}' ? 'image: {}\n' : `image:\n  ${line}\n`);
      put('chart/templates/a.yaml', 'image: {{ printf "api:%s" .Values.image.tag }}\n');
      edit('chart/values.yaml', {
        kind: 'helm',
        file: 'chart/values.yaml',
        create: true,
        adopt: true,
        values: { tag: parsePath('image.tag') },
      });
      expect(run('helm', 'template', 'chart')).toContain('image: api:1241\n');
    },
  );

  test('dependency update writes the Chart.lock that we write', () => {
    for (const name of ['api', 'web']) put(`${name}/Chart.yaml`, `apiVersion: v2\nname: ${name}\nversion: 1.2.2\n`);
    put(
      'umbrella/Chart.yaml',
      'apiVersion: v2\nname: umbrella\nversion: 0.1.0\ndependencies:\n- {name: web, version: ~1.2, repository: "file://../web", tags: [a<b], condition: web.on}\n- {name: api, version: 1.2.2, repository: "file://../api", alias: backend}\n',
    );
    run('helm', 'dependency', 'update', 'umbrella');
    cpSync(join(directory, 'umbrella'), join(directory, 'ours'), { recursive: true });
    const [chart, lock] = ['Chart.yaml', 'Chart.lock'].map((file) =>
      openFile(file, readFileSync(join(directory, 'ours', file), 'utf8')),
    );
    if (!chart || !lock) throw new Error('helm wrote no Chart.lock');
    const update: FileEdit = { kind: 'chart', file: 'Chart.yaml', create: false, adopt: true, dependency: 'backend' };
    const changes = findChanges(chart, update, {
      registry: 'contoso.azurecr.io',
      repository: 'charts/api',
      tag: '1.2.3',
    });
    put('umbrella/Chart.yaml', applyChanges(chart, changes));
    put('api/Chart.yaml', 'apiVersion: v2\nname: api\nversion: 1.2.3\n');
    run('helm', 'dependency', 'update', 'umbrella');
    expect(withoutTime(applyChanges(lock, lockChanges(lock, chart, changes)))).toBe(
      withoutTime(readFileSync(join(directory, 'umbrella/Chart.lock'), 'utf8')),
    );
  });
});
