import { describe, expect, test } from 'vitest';
import { findIndentationProblems } from '../../../src/lib/routes/read/indentation.ts';
import { loadText } from './support.ts';

const text = `defaults:
  repository: https://dev.azure.com/contoso/platform/_git/gitops
  tags:
    match: ^v(\\d+)$
    order: numeric
environments:
  dev:
    delivery: commit
    from:
      branches: [main]
  prod:
    delivery: pull-request
    pullRequest:
      labels: [release]
routes:
  web:
    image: contoso.azurecr.io/web
    update: [{ file: 'web/values-{environment}.yaml', helm: { tag: image.tag } }]
    environments:
      dev:
        branch: trunk
      prod:
        application: argocd/web
  api:
    image: contoso.azurecr.io/api
    update:
      - file: api/values-{environment}.yaml
        helm:
          tag: image.tag
    environments: [dev, prod]
  mail:
    image: contoso.azurecr.io/mail
    update: [{ file: 'mail/values-{environment}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;
const lines = text.trimEnd().split('\n');
const allow = { setting: 'ALLOW', text: "[{ images: ['**'], repositories: ['**'], paths: ['**'] }]" };

function errorsOf(changed: readonly string[]): readonly string[] {
  return loadText(`${changed.join('\n')}\n`, { allow })
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ code, line, message }) => `${line ?? 0} ${code} ${message}`);
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** The lines from `from` to `to` with more or fewer spaces. */
function shifted(from: number, to: number, by: number): readonly string[] {
  return lines.map((line, index) => {
    if (index < from || index >= to) return line;
    return by < 0 ? line.slice(-by) : `${' '.repeat(by)}${line}`;
  });
}

/** Each line one level to the left or right, with the lines that belong to it and without. */
const slips = lines.flatMap((line, index) => {
  const deeper = lines.findIndex((other, at) => at > index && indentOf(other) <= indentOf(line));
  const end = deeper < 0 ? lines.length : deeper;
  return [-2, 2].flatMap((by) =>
    indentOf(line) + by < 0
      ? []
      : [...new Set([index + 1, end])].map((to) => ({
          name: `line ${index + 1}${to > index + 1 ? ` to ${to}` : ''} by ${by}: ${line.trim()}`,
          line: index + 1,
          changed: shifted(index, to, by),
        })),
  );
});
// The only line of a map or list may have any indentation.
const harmless = /: (?:branches|labels|branch|application|tag|- file)/;

test('the document has no error', () => {
  expect(errorsOf(lines)).toEqual([]);
});

describe('one problem, at its own line, with the expected indentation', () => {
  test.each(slips.filter(({ name }) => !harmless.test(name)))('$name', ({ line, changed }) => {
    expect(errorsOf(changed)).toEqual([
      expect.stringMatching(new RegExp(`^${line} (?:yaml-syntax|indentation) .*expected `)),
    ]);
  });
});

test.each<readonly [string, readonly number[], number, string]>([
  [
    'a route at the level of `routes`',
    [24, 30],
    -2,
    '24 indentation is indented by 0 spaces, so it is not in `routes`; expected 2 as in line 16',
  ],
  [
    'two routes at the level of `routes`',
    [24, 34],
    -2,
    '24 indentation is indented by 0 spaces, so it is not in `routes`; expected 2 as in line 16; also `mail` in line 31',
  ],
  [
    'all fields of a route among the names of routes',
    [25, 30],
    -2,
    '25 indentation is indented by 2 spaces, so it is not in `routes.api`; expected 4, more than line 24 has; also `update` in line 26, `environments` in line 30',
  ],
  [
    'all routes at the level of `routes`',
    [16, 34],
    -2,
    '16 indentation is indented by 0 spaces, so it is not in `routes`; expected 2, more than line 15 has; also `api` in line 24, `mail` in line 31',
  ],
  [
    '`routes` in `environments`',
    [15, 34],
    2,
    '15 indentation is indented by 2 spaces, so it is in `environments`; expected 0 as in line 1',
  ],
  [
    'a name without its indentation',
    [24, 24],
    2,
    '24 indentation has no value, and the key `image` is in one map twice (first in line 17); expected less indentation here, or more in the lines after it',
  ],
])('%s is one problem', (_, [from = 0, to = 0], by, expected) => {
  expect(errorsOf(shifted(from - 1, to, by))).toEqual([expected]);
});

test('other problems of a route that is at the wrong level are found with it', () => {
  const changed = shifted(23, 30, -2).map((line) => line.replace('    helm:', '    hlm:'));
  expect(errorsOf(changed).map((problem) => problem.split(' ', 2))).toEqual([
    ['24', 'indentation'],
    ['28', 'unknown-field'],
  ]);
});

test.each([
  [
    'a route named as a field',
    "routes:\n  tags: { image: contoso.azurecr.io/tags, repository: 'https://dev.azure.com/c/p/_git/g', update: [], environments: [dev] }\nenvironments: { dev: }",
  ],
  [
    'an environment named as a field, without settings',
    "environments:\n  dev:\n  build:\nroutes:\n  a: { image: contoso.azurecr.io/a, repository: 'https://dev.azure.com/c/p/_git/g', update: [{ file: a.yaml, helm: { tag: t } }], environments: [dev, build] }",
  ],
])('%s is no slip', (_, ok) => {
  expect(errorsOf(ok.split('\n')).filter((problem) => problem.includes('indentation'))).toEqual([]);
});

test('a misspelled field is no slip', () => {
  const changed = lines.map((line) => line.replace('    delivery: commit', '    delivry: commit'));
  expect(errorsOf(changed)).toEqual([expect.stringMatching(/^8 unknown-field .*did you mean `delivery`/)]);
});

test('lists at the indentation of their key are a habit of the text: the key after the entry is wrong', () => {
  const flush = ['a:', '- b: 1', '  c: 2', 'd:', '- e: 1', '    f: 2'].join('\n');
  expect(findIndentationProblems(flush)).toMatchObject([{ line: 6 }]);
  expect(findIndentationProblems(flush.replace('a:\n- b: 1\n  c: 2\n', 'a:\n  b: 1\n'))).toMatchObject([{ line: 4 }]);
});
