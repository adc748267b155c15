import { expect, test } from 'vitest';
import { ofTag } from '../../../src/lib/routes/preview.ts';
import { loadText } from './support.ts';

const match = String.raw`^pr-(?<pr>\d+)-(\d+)$`;

function load(fields: string, more = '', tags = `{ match: '${match}', order: numeric }`) {
  return loadText(`defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    environments:
      pr: { tags: ${tags}, ${fields} }
${more}`);
}

function problems(fields: string, more = '', tags?: string) {
  return load(fields, more, tags).problems.filter(({ severity }) => severity === 'error');
}

test('the tag of each push fills in the named groups of `match`', () => {
  const { table } = load(`update: [], application: 'argocd/{service}-pr-{pr}'`);
  const found = table?.find('contoso.azurecr.io/shop', 'pr')?.environment;
  if (!found) throw new Error('no environment');
  expect(found.application).toEqual(['argocd/shop-pr-{pr}']);
  expect(ofTag(found, 'pr-17-3').application).toEqual(['argocd/shop-pr-17']);
  expect(ofTag(found, 'other').application).toEqual(['argocd/shop-pr-{pr}']);
});

test('an unknown group is named with the nearest one', () => {
  expect(problems(`update: [], application: 'argocd/{service}-pr-{pull}'`)).toMatchObject([
    { code: 'word-unknown', message: expect.stringContaining('{pull}') },
  ]);
});

test('groups are placeholders only where nothing is written', () => {
  const update = `update: [{ file: values.yaml, helm: { tag: image.tag } }]`;
  expect(problems(`${update}, application: 'argocd/shop-pr-{pr}'`)).toMatchObject([{ code: 'word-unknown' }]);
});

test('a group with the name of a capture', () => {
  const tags = String.raw`{ match: '^pr-(?<service>\d+)-(\d+)$', order: numeric }`;
  expect(problems(`update: [], application: 'argocd/pr-{service}'`, '', tags)).toMatchObject([
    { code: 'word-reserved' },
  ]);
});

test.each([
  ['update: []', 'missing-field'],
  ['update: [], application: argocd/x, onFailure: revert', 'preview-option'],
])('%s: %s', (fields, code) => {
  expect(problems(fields)).toMatchObject([{ code }]);
});

test('nothing is promoted into a preview, or from one', () => {
  const update = `update: [{ file: 'v', kustomize: {} }]`;
  const dev = `      dev: { ${update}, application: argocd/dev, tags: { match: '^\\d+$', order: numeric } }\n`;
  expect(problems('update: [], application: argocd/x, promoteFrom: dev', dev)).toMatchObject([
    { code: 'preview-option' },
  ]);
  const prod = `      prod: { ${update}, application: argocd/prod, promoteFrom: pr }\n`;
  expect(problems(`update: [], application: 'argocd/{pr}'`, prod)).toMatchObject([{ code: 'preview-option' }]);
});
