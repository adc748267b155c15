import { describe, expect, test } from 'vitest';
import { applyChanges, chartLockPath, findChanges, lockChanges, openFile } from '../../../src/lib/edit/edit.ts';

const chart = `apiVersion: v2
name: umbrella
version: 0.1.0
dependencies:
- name: web
  version: ~1.2
  repository: file://../web
  condition: web.enabled,a<b&c
  tags: [front, "x"]
  import-values:
  - child: default.data
    parent: myimports
  - data
- name: api
  version: 1.2.2
  repository: file://../api
  alias: backend
  enabled: true
`;

// As `helm dependency update` (3.18) wrote it for this Chart.yaml.
const lock = `dependencies:
- name: web
  repository: file://../web
  version: 1.2.2
- name: api
  repository: file://../api
  version: 1.2.2
digest: sha256:123afa53bd6656a821dd719baa7882e59760da53e5885e6d461a1b2a36b1da09
generated: "2026-11-21T03:37:48.11740168Z"
`;
const after = { digest: 'sha256:8898c1a8492d0f0d8ac39738b0f4ef4c1d6243972390be9e23bea0241e4d67ea', version: '1.2.3' };

function edit(chartText: string, lockText: string, tag: string) {
  const file = openFile('umbrella/Chart.yaml', chartText);
  const update = {
    kind: 'chart',
    file: 'umbrella/Chart.yaml',
    create: false,
    adopt: true,
    dependency: 'backend',
  } as const;
  const changes = findChanges(file, update, { registry: 'contoso.azurecr.io', repository: 'charts/api', tag });
  const lockFile = openFile(chartLockPath(file.file), lockText);
  return applyChanges(lockFile, lockChanges(lockFile, file, changes));
}

describe('a Chart.lock', () => {
  test('gets the version and the digest that Helm computes, and keeps every other byte', () => {
    const [before] = /sha256:[0-9a-f]+/.exec(lock) ?? [];
    const expected = lock
      .replace('../api\n  version: 1.2.2', `../api\n  version: ${after.version}`)
      .replace(before ?? '', after.digest);
    expect(edit(chart, lock, '1.2.3')).toBe(expected);
  });

  test('stays as it is where the version does', () => {
    expect(edit(chart, lock, '1.2.2')).toBe(lock);
  });

  test.each([
    ['with another digest', chart, lock.replace('sha256:', 'sha256:0')],
    ['without a digest', chart, lock.replace(/digest: .*\n/, '')],
    ['of other dependencies', chart.replace('name: web', 'name: front'), lock],
    ['with fewer dependencies', chart, lock.replace(/- name: web\n.*\n.*\n/, '')],
  ])('%s is refused', (_, chartText, lockText) => {
    expect(() => edit(chartText, lockText, '1.2.3')).toThrow(expect.objectContaining({ code: 'chart-lock-stale' }));
  });

  test('stands beside its Chart.yaml', () => {
    expect(chartLockPath('a/b/Chart.yaml')).toBe('a/b/Chart.lock');
    expect(chartLockPath('Chart.yaml')).toBe('Chart.lock');
  });
});
