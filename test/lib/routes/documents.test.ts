import { describe, expect, test } from 'vitest';
import { routeDocuments } from '../../../src/lib/routes/read/documents.ts';
import { readLoadOptions } from '../../../src/lib/routes/load-options.ts';

const none = (): string => {
  throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
};

describe('documents', () => {
  test('come from ROUTES, ROUTES__<label> and ROUTES_FILE', () => {
    const settings = { ROUTES: 'a', ROUTES__b: 'b', ROUTES_FILE: 'routes.yaml', OTHER: 'x', ROUTESX: 'y' };
    const { documents, problems } = routeDocuments(settings, (path) => `text of ${path}`);
    expect(documents).toEqual([
      { setting: 'ROUTES', text: 'a' },
      { setting: 'ROUTES_FILE=routes.yaml', text: 'text of routes.yaml' },
      { setting: 'ROUTES__b', text: 'b' },
    ]);
    expect(problems).toEqual([]);
  });

  test.each([
    [{}, ['setting-missing'], 0],
    [{ ROUTES: 'x'.repeat(32 * 1024) }, [], 1],
    [{ ROUTES: 'x'.repeat(32 * 1024 + 1) }, ['setting-large'], 1],
    [{ ROUTES: 'é'.repeat(61 * 1024) }, ['setting-too-large'], 0],
    [{ 'ROUTES__a-b': 'x' }, ['setting-name'], 0],
    [{ ROUTES_FILE: 'nowhere.yaml' }, ['file-unreadable'], 0],
  ])('problems %#', (settings, codes, count) => {
    const { documents, problems } = routeDocuments(settings, none);
    expect(problems.map(({ code }) => code)).toEqual(codes);
    expect(documents).toHaveLength(count);
  });
});

test.each([
  [{ ARGOCD_SECRETS: '{"weu":"a","neu":["b","c"]}' }, []],
  [{ ARGOCD_SECRETS: '{"weu":"a","neu":["b","a"]}' }, ['setting-malformed']],
  [{ ARGOCD_SECRETS: '{"weu":1}' }, ['setting-malformed']],
  [{ ARGOCD_SECRETS: 'a' }, ['setting-malformed']],
  [{ ARGOCD_SECRETS: ' ' }, []],
])('secret settings %#', (settings, codes) => {
  const { problems } = readLoadOptions(settings, { azureDevOpsCollections: [], registries: [] });
  expect(problems.map(({ code }) => code)).toEqual(codes);
});
