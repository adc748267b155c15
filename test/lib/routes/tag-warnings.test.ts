import { describe, expect, test } from 'vitest';
import { loadText } from './support.ts';

const head = 'defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, delivery: pull-request }\n';

/** Warnings about tags, as `code: message`. */
function warningsOf(environment: string): readonly string[] {
  const { problems } = loadText(`${head}routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: v.yaml, helm: { tag: image.tag } }]
    environments: { dev: ${environment} }
`);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return problems
    .filter(({ code }) => ['order-incomplete', 'match-unanchored', 'every-tag'].includes(code))
    .map(({ code, message }) => `${code}: ${message}`);
}

function ofTags(tags: string): readonly string[] {
  return warningsOf(`{ tags: ${tags} }`);
}

describe('an order that cannot order the tags that match accepts', () => {
  test.each([
    [
      'a date and a run number, of which the order reads the date',
      `'^(\\d{8})\\.\\d+$'`,
      'numeric',
      '11111111.9',
      '11111111.10',
    ],
    [
      'a build number beside a version',
      `'^v(\\d+\\.\\d+\\.\\d+)-build\\d+$'`,
      'semver',
      'v1.1.1-build9',
      'v1.1.1-build10',
    ],
    ['a second group beside a version', `'^(\\d+\\.\\d+\\.\\d+)-(\\d+)$'`, 'semver', '1.1.1-9', '1.1.1-10'],
    ['a year that the order ignores', `'^\\d{4}\\.(\\d+)$'`, 'numeric', '', ''],
    ['any text behind a number', `'^(\\d{8})(?:-.*)?$'`, 'numeric', '', ''],
    ['calver without leading zeros', `'^\\d{4}\\.\\d+\\.\\d+$'`, 'alphabetical', '1111.1.9', '1111.1.10'],
    ['a date and a run number in text order', `'^\\d{8}\\.\\d+$'`, 'alphabetical', '11111111.9', '11111111.10'],
    ['a number of one or two digits', `'^v\\d{1,2}$'`, 'alphabetical', 'v9', 'v10'],
    ['release candidates without a dot', `'^(\\d+\\.\\d+\\.\\d+-rc\\d+)$'`, 'semver', '1.1.1-rc9', '1.1.1-rc10'],
  ])('%s', (_, match, order, older, newer) => {
    const warnings = ofTags(`{ match: ${match}, order: ${order} }`);
    expect(warnings).toEqual([expect.stringMatching(/^order-incomplete: /)]);
    expect(warnings[0]).toContain(older);
    expect(warnings[0]).toContain(newer);
  });

  test.each([
    ['calver with leading zeros', `'^\\d{4}\\.\\d{2}\\.\\d{2}$'`, 'semver', /`1111\.11\.01`/],
    ['a version of two parts', `'^v(\\d+\\.\\d+(?:\\.\\d+)?)$'`, 'semver', /`v\d\.\d`/],
    ['a commit id in a group', `'^main-(\\d+)-([0-9a-f]{7})$'`, 'numeric', /`main-1-[af]{7}`/],
    ['a word instead of a number', `'^(\\d+|first)$'`, 'numeric', /`first`/],
  ])('%s is refused', (_, match, order, tag) => {
    const warnings = ofTags(`{ match: ${match}, order: ${order} }`);
    expect(warnings).toEqual([expect.stringMatching(/^order-incomplete: .*refused/)]);
    expect(warnings[0]).toMatch(tag);
  });

  test('any tag in text order', () => {
    expect(ofTags('{ order: alphabetical }')).toEqual([expect.stringMatching(/^order-incomplete: /)]);
  });

  test.each([
    [`'^main-(\\d+)$'`, 'numeric'],
    [`'^main-(\\d+)-[0-9a-f]{6,40}$'`, 'numeric'],
    [`'^main-[a-f0-9]+-([0-9]+)$'`, 'numeric'],
    [`'^(\\d{8})\\.(\\d+)$'`, 'numeric'],
    [`'^(\\d{4})\\.(\\d+)\\.(\\d+)$'`, 'numeric'],
    [`'^(\\d{8})(?:\\.(\\d+))?$'`, 'numeric'],
    [`'^(?:main|release)-(\\d+)$'`, 'numeric'],
    [`'^\\d+$'`, 'numeric'],
    [`'^.*-(\\d+)$'`, 'numeric'],
    [`'^[^-]+-(\\d+)$'`, 'numeric'],
    [`'^\\d{4}\\.\\d{1,2}\\.\\d+$'`, 'semver'],
    [`'^v?\\d+\\.\\d+\\.\\d+$'`, 'semver'],
    [`'^v(\\d+\\.\\d+\\.\\d+)$'`, 'semver'],
    [`'^v?(\\d+\\.\\d+\\.\\d+(?:-rc\\.\\d+)?)$'`, 'semver'],
    [`'^v(.+)$'`, 'semver'],
    [`'^\\d{4}\\.\\d{2}\\.\\d{2}$'`, 'alphabetical'],
    [`'^\\d{8}$'`, 'alphabetical'],
    [`'^release-[a-z]+$'`, 'alphabetical'],
    [`'^[0-9a-f]{7}$'`, 'newest'],
    [`'^\\d{8}\\.\\d+$'`, 'newest'],
  ])('%s with %s is complete', (match, order) => {
    expect(ofTags(`{ match: ${match}, order: ${order} }`)).toEqual([]);
  });

  test.each(['{ order: numeric }', '{ order: semver }', "{ semver: '>=1.0.0', order: semver }", '{}'])(
    'no match and %s is complete',
    (tags) => {
      expect(ofTags(tags)).toEqual([]);
    },
  );

  test('an order that is inherited from the source of a promotion', () => {
    const { problems } = loadText(`${head}routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: '{environment}.yaml', helm: { tag: image.tag } }]
    application: argocd/api-{environment}
    environments:
      dev: { tags: { match: '^(\\d{8})\\.(\\d+)$', order: numeric } }
      prod: { promoteFrom: dev, tags: { match: '^(\\d{8})\\.\\d+$' } }
`);
    expect(problems.filter(({ code }) => code === 'order-incomplete')).toMatchObject([{ environment: 'prod' }]);
  });
});

describe('an expression that is not anchored', () => {
  test.each([
    [`'main-(\\d+)$'`, 'before'],
    [`'^main-(\\d+)'`, 'after'],
    [`'main-(\\d+)'`, 'before and after'],
    [`'^(?:main|release-\\d+$)'`, 'after'],
  ])('%s', (match, where) => {
    const warnings = ofTags(`{ match: ${match}, order: newest }`);
    expect(warnings).toEqual([expect.stringMatching(/^match-unanchored: /)]);
    expect(warnings[0]).toContain(`any text ${where}`);
  });

  test('is only reported once, also if the order reads a part of the tag', () => {
    expect(ofTags(`{ match: '^(\\d{8})', order: numeric }`)).toEqual([expect.stringMatching(/^match-unanchored: /)]);
  });

  test.each([`'^main-(\\d+)$'`, `'^main-.*'`, `'.*-rc$'`, `'^(?:a|b)$'`, `'^a$|^b$'`])('%s is', (match) => {
    expect(ofTags(`{ match: ${match}, order: newest }`)).toEqual([]);
  });
});

describe('an environment that accepts every tag', () => {
  test.each([
    '{ delivery: commit }',
    '{ delivery: commit, tags: { order: newest } }',
    "{ delivery: commit, tags: { match: '.*' } }",
    "{ delivery: commit, tags: { match: '^.+$' } }",
    '{ delivery: commit, allowMovingTags: true, update: [{ file: v.yaml, helm: { image: image, digest: true } }] }',
  ])('%s', (environment) => {
    expect(warningsOf(environment)).toEqual([expect.stringMatching(/^every-tag: /)]);
  });

  test.each([
    '{ delivery: pull-request }',
    '{ delivery: observe }',
    '{ delivery: commit, from: { branches: [main] } }',
    '{ delivery: commit, tags: { order: numeric } }',
    "{ delivery: commit, tags: { semver: '*' } }",
    "{ delivery: commit, tags: { match: '^main-.*$' } }",
  ])('%s does not', (environment) => {
    expect(warningsOf(environment)).toEqual([]);
  });
});
