import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { takesTag } from '../../src/lib/routes/match/tag-policy.ts';
import { codesOf } from '../lib/routes/support.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/routes.md'), 'utf8');
const section = page.slice(page.indexOf('\n## Tags'), page.indexOf('\n## Builds'));
const rows = [...section.matchAll(/^ {2}\| (`[^|]+) \| `([^|]+)` \| `(\w+)` \|$/gm)].map(
  ([, cell = '', match = '', order = '']) => {
    const tags = Array.from(cell.matchAll(/`([^`$]+)`/g), ([, tag = '']) => tag);
    return { tags, match, order };
  },
);

describe('the table of tags in routes.md', () => {
  test('has rows', () => {
    expect(rows.length).toBeGreaterThan(3);
  });

  test.each(rows)('$match accepts $tags in the order $order', ({ tags, match, order }) => {
    for (const tag of tags) {
      const policy = { match, order: order as 'semver' | 'numeric', allowMovingTags: false };
      expect(takesTag(policy, tag)).toEqual({ taken: true });
    }
  });

  test.each(rows)('check has no warning for $match', ({ match, order }) => {
    const text = `routes:
  a:
    image: contoso.azurecr.io/a
    repository: https://dev.azure.com/contoso/platform/_git/gitops
    update: [{ file: v.yaml, helm: { tag: tag } }]
    environments: { dev: { tags: { match: '${match}', order: ${order} } } }
`;
    expect(codesOf(text, 'warning')).toEqual(['allow-unset']);
  });
});

test.each([
  ['>=1.0.0-0', '1.2.0-rc.1', true],
  ['^1.4.0-0', '1.5.0-rc.1', true],
  ['^1.4.0-0', '2.0.0-rc.1', false],
  ['>=1.2.0-rc.1', '1.2.0-rc.1', true],
])('the page on pre-releases: %s and %s: %s', (semver, tag, taken) => {
  expect(section).toContain(semver);
  expect(takesTag({ semver, order: 'semver', allowMovingTags: false }, tag).taken).toBe(taken);
});
