import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { routeDocuments } from '../../../src/lib/routes/read/documents.ts';
import { formatProblems } from '../../../src/lib/routes/read/format-problem.ts';
import { readLoadOptions } from '../../../src/lib/routes/load-options.ts';
import { readSettings } from '../../../src/lib/settings/settings.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import { processorMs } from '../../support/processor-time.ts';

const limitMs = 2000;

/** Loads settings as the app does, within the limit, and gives all that anybody gets to see. */
function load(settings: Readonly<Record<string, string>>): string {
  let shown = '';
  let fastest = Number.POSITIVE_INFINITY;
  // In the best of three attempts no garbage is collected.
  for (let attempt = 0; attempt < 3 && fastest > limitMs; attempt += 1) {
    fastest = Math.min(
      fastest,
      processorMs(() => (shown = loadOnce(settings))),
    );
  }
  expect(fastest).toBeLessThan(limitMs);
  return shown;
}

function loadOnce(settings: Readonly<Record<string, string>>): string {
  const { documents, problems } = routeDocuments(settings, () => '');
  const read = readSettings(settings);
  const bounds = readLoadOptions(settings, read.settings);
  const loaded = loadRoutes(documents, bounds.options);
  const errors = loaded.problems.filter(({ severity }) => severity === 'error');
  expect(loaded.table === undefined).toBe(errors.length > 0);
  return formatProblems([...read.problems, ...problems, ...bounds.problems, ...loaded.problems]);
}

const word = fc.constantFrom(
  ...'defaults environments routes image update file helm tag kustomize yaml path value match semver order from branches'.split(
    ' ',
  ),
  ...'promoteFrom delivery application vars where dev prod <<'.split(' '),

  'contoso.azurecr.io/{a}/{b}',
  'contoso.azurecr.io/x',
  '{a}/{b}',
  '^main-(\\d+)$',
  '(a*)*b',
  '>=1.0.0',
  'commit',
  '{',
  '../x',
  '&a',
  '*a',

  'https://dev.azure.com/a/b/_git/c',
  '__proto__',
  'constructor',
  'toString',
  '',
  'null',
  '0x1F',
  '1e3',
  '~',
  '!!set',
  '\u0000',
  '\u2028',
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    word,
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    tie('list'),
    tie('map'),
  ),
  list: fc.array(tie('any'), { maxLength: 5 }),
  map: fc.dictionary(word, tie('any'), { maxKeys: 6 }),
}));
const layer = fc.dictionary(word, value.any, { maxKeys: 6 });
const document = fc.record(
  {
    defaults: layer,
    environments: fc.dictionary(word, layer, { maxKeys: 3 }),
    routes: fc.dictionary(
      word,
      fc.record(
        {
          image: fc.oneof(word, fc.constantFrom('contoso.azurecr.io/x', 'contoso.azurecr.io/{a}/{b}')),
          environments: fc.oneof(fc.array(word), fc.dictionary(word, layer)),
          update: fc.oneof(
            value.any,
            fc.array(
              fc.dictionary(
                fc.constantFrom('file', 'helm', 'yaml', 'chart', 'application', 'create'),
                fc.oneof(
                  value.any,
                  fc.dictionary(fc.constantFrom('tag', 'image', 'path', 'value', 'dependency'), value.any),
                ),
              ),
            ),
          ),
          tags: value.any,
          where: value.any,
          application: word,
          repository: fc.oneof(word, fc.constant('https://dev.azure.com/a/b/_git/c')),
        },
        { requiredKeys: ['image'] },
      ),
      { maxKeys: 5 },
    ),
  },
  { requiredKeys: [] },
);

const bounds = fc.oneof(value.any, fc.constant([{ images: ['**'], repositories: ['**'], paths: ['a/**'] }]));

describe('no settings make the loader throw', () => {
  test('any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (routes, allow) => {
        expect(load({ ROUTES: routes, ALLOW: allow })).toBeTypeOf('string');
      }),
      { numRuns: 500 },
    );
  });

  test('any YAML-like text', () => {
    const text = fc.array(
      fc.oneof(
        word,
        fc.constantFrom(
          ': ',
          '- ',
          '\n',
          '\n  ',
          '[',
          ']',
          '{',
          '}',
          ', ',
          '"',
          "'",
          '? ',
          '| ',
          '#',
          '---\n',
          '%YAML 1.1\n',
        ),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(text, (parts) => {
        expect(load({ ROUTES: parts.join('') })).toBeTypeOf('string');
      }),
      { numRuns: 500 },
    );
  });

  test('any document of about the right shape', () => {
    fc.assert(
      fc.property(document, document, bounds, (first, second, allow) => {
        expect(
          load({ ROUTES: JSON.stringify(first), ROUTES__b: JSON.stringify(second), ALLOW: JSON.stringify(allow) }),
        ).toBeTypeOf('string');
      }),
      { numRuns: 300 },
    );
  });

  test('any secret setting', () => {
    const secret = fc.stringMatching(/^s3cr3t[a-z0-9]{8}$/);
    const shape = fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => `{"weu": "${text}", "neu": "${text}"}`,
      (text) => `{"weu": ["${text}"`,
      (text) => `weu: [${text}, {a: b}]`,
      (text) => `*${text}`,
      (text) => `!${text} x`,
    );
    fc.assert(
      fc.property(secret, shape, shape, (text, argo, git) => {
        const shown = load({
          ARGOCD_SECRETS: argo(text),
          GIT_CREDENTIALS: git(text),
          ROUTES: `defaults: { repository: 'https://x:${text}@github.com/a/b' }\nroutes: { a: { image: contoso.azurecr.io/a, environments: [dev], repository: 'https://${text}@example.com/a' } }`,
        });
        expect(shown).not.toContain(text);
      }),
      { numRuns: 300 },
    );
  });
});

describe('no settings of the largest size take long', () => {
  const size = 119 * 1024;
  const fill = (part: string): string => part.repeat(Math.floor(size / part.length));
  const numbered = (line: (index: number) => string): string => {
    let text = '';
    for (let index = 0; text.length < size - 200; index += 1) text += line(index);
    return text;
  };
  test.each(
    Object.entries({
      'open lists': fill('['),
      'closed lists': '['.repeat(size / 2) + ']'.repeat(size / 2),
      'open maps': fill('{a: '),
      'nested entries': fill('- '),
      'nested keys': fill('? '),
      commas: `[${fill(',')}`,
      anchors: fill('&a '),
      aliases: fill('*a '),
      tags: fill('! '),
      quotes: fill('"'),
      'many aliases': `x-a: &a [${'1,'.repeat(5000)}]\nx-b: [${'*a,'.repeat(30_000)}]`,
      'many merges': `x-a: &a {${numbered((index) => `k${index}: 1, `).slice(0, 60_000)}}\nx-b: { <<: [${'*a,'.repeat(15_000)}] }`,
      'many names': `routes:\n${numbered((index) => `  a${index}: { image: 5 }\n`)}`,
      'many patterns': `routes:\n${numbered((index) => `  'a${index}/{x}': { image: 'c.azurecr.io/{x}-${index}', environments: [a] }\n`)}`,
      'many patterns of one repository': `defaults: { repository: 'https://github.com/a/b' }\nroutes:\n${numbered((index) => `  'a${index}/{x}': { image: 'c.azurecr.io/{x}-${index}', environments: { a: {} }, update: [{ file: '{x}/${index}', kustomize: {} }] }\n`)}`,
      'many alike patterns': `routes:\n${numbered((index) => `  'a{x}b${'c'.repeat(index % 50)}': { image: 'c.azurecr.io/a{x}b${'c'.repeat(index % 50)}', environments: [a] }\n`)}`,
      'many combinations': `routes:\n  '{a}/{b}/{c}': { image: 'c.azurecr.io/{a}/{b}/{c}', environments: [a], where: { a: [${numbered((index) => `a${index},`).slice(0, 30_000)}], b: [${numbered((index) => `b${index},`).slice(0, 30_000)}] } }`,
      'many environments': `environments:\n${numbered((index) => `  e${index}: {}\n`).slice(0, 50_000)}\nroutes: {}`,
      'a long promotion': `routes:\n  a:\n    image: c.azurecr.io/a\n    repository: https://github.com/a/b\n    environments:\n${numbered((index) => `      e${index}: { promoteFrom: e${index + 1}, update: [{ file: f${index}, kustomize: {} }] }\n`)}`,
      'many expressions': `routes:\n${numbered((index) => `  a${index}: { image: c.azurecr.io/a${index}, environments: [a], tags: { order: semver, match: '((a{1,9}){1,9}b?${index}){1,9}' } }\n`)}`,
    }),
  )('%s', (_name, text) => {
    expect(load({ ROUTES: text.slice(0, 120 * 1024) })).toBeTypeOf('string');
  });
});
