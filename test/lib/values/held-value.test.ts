import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { FileEdit } from '../../../src/lib/model/file-edit.ts';
import { parsePath } from '../../../src/lib/model/value-path.ts';
import { heldValue, holdsSameValues, holdsValue, tryInspect } from '../../../src/lib/values/held-value.ts';
import type { ResolvedUpdate } from '../../../src/lib/values/inspect.ts';
import { readPaths } from '../../../src/lib/values/read-files.ts';

const file = 'apps/web/values.yaml';
const digest = `sha256:${'a'.repeat(64)}`;

function resolved(update: Partial<FileEdit>, image: { digest?: string } = {}): ResolvedUpdate {
  const step = { kind: 'helm', file, create: false, values: { tag: parsePath('image.tag') }, ...update };
  return {
    update: {
      id: '1',
      route: 'web',
      environment: 'dev',
      image: { registry: 'contoso.azurecr.io', repository: 'shop/web', tag: '2.0.0', ...image },
      pushedAt: '2026-05-04T10:00:00.000Z',
    },
    environment: { name: 'dev', repository: 'https://github.com/contoso/gitops', missing: 'error', update: [step] },
  } as unknown as ResolvedUpdate;
}

function repository(files: Readonly<Record<string, string>>) {
  const contents = new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
  return {
    read: (_: string, paths: readonly string[]) =>
      Promise.resolve(new Map([...contents].filter(([path]) => paths.includes(path)))),
  };
}

const tag = (value: string): string => `image:\n  tag: ${value}\n`;

const read = (text: string) => readPaths(repository({ [file]: text }), 'c', [file]);

describe('the value that a commit holds for an update', () => {
  test.each([
    ['its own', tag('2.0.0'), 'own'],
    ['another', tag('1.0.0'), 'other'],
    ['none: the path is missing', 'replicas: 1\n', 'other'],
    ['none: the file does not parse', '{ not yaml', 'other'],
  ])('%s', async (_, text, expected) => {
    const files = await readPaths(repository({ [file]: text }), 'c', [file]);
    expect(heldValue(resolved({}), files)).toBe(expected);
    await expect(holdsValue(resolved({}), 'c', repository({ [file]: text }))).resolves.toBe(expected === 'own');
  });

  test('none: the file does not exist', async () => {
    await expect(holdsValue(resolved({}), 'c', repository({}))).resolves.toBe(false);
  });

  test('unknown if the route writes a digest and the update has none', async () => {
    const withDigest = { values: { tag: parsePath('image.tag'), digest: parsePath('image.digest') } };
    const text = `${tag('2.0.0')}  digest: ${digest}\n`;
    const files = await readPaths(repository({ [file]: text }), 'c', [file]);
    expect(heldValue(resolved(withDigest), files)).toBeUndefined();
    expect(heldValue(resolved(withDigest, { digest }), files)).toBe('own');
    await expect(holdsValue(resolved(withDigest), 'c', repository({ [file]: text }))).resolves.toBe(false);
  });

  test('a host that does not answer is no answer', async () => {
    const failure = new Failure('service-unavailable', 'no answer');
    await expect(holdsValue(resolved({}), 'c', { read: () => Promise.reject(failure) })).rejects.toBe(failure);
  });

  test('two commits hold the same values, or not', async () => {
    const inspection = tryInspect(resolved({}), await read(tag('1.0.0')));
    expect(inspection && holdsSameValues(inspection, await read(`# moved\n${tag('1.0.0')}`))).toBe(true);
    expect(inspection && holdsSameValues(inspection, await read(tag('1.5.0')))).toBe(false);
    expect(inspection && holdsSameValues(inspection, await read('replicas: 1\n'))).toBe(false);
  });
});
