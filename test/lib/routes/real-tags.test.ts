import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TagPolicy } from '../../../src/lib/routes/route.ts';
import { compareTags, takesTag } from '../../../src/lib/routes/match/tag-policy.ts';
import { loadText } from './support.ts';

type Tags = Pick<TagPolicy, 'match' | 'semver' | 'order'>;

const policyOf = (tags: Tags): TagPolicy => ({ ...tags, allowMovingTags: false });

function warningsOf(tags: Tags): readonly string[] {
  const { problems } = loadText(`routes:
  a:
    image: contoso.azurecr.io/a
    repository: https://dev.azure.com/contoso/platform/_git/gitops
    update: [{ file: v.yaml, helm: { tag: tag } }]
    environments: { dev: { tags: ${JSON.stringify(tags)} } }
`);
  return problems.flatMap(({ code, message }) => (code === 'allow-unset' ? [] : [`${code}: ${message}`]));
}

/** Runs of a pipeline, the older one first: day since 2000, run of the day, run of the pipeline, commit. */
const runs = fc
  .uniqueArray(
    fc.record({
      day: fc.integer({ min: 0, max: 20_000 }),
      run: fc.integer({ min: 1, max: 130 }),
      commit: fc.stringMatching(/^[0-9a-f]{7}$/),
    }),
    { minLength: 2, maxLength: 2, selector: ({ day, run }) => day * 1000 + run },
  )
  .map((both) => both.toSorted((a, b) => a.day - b.day || a.run - b.run));

interface Run {
  readonly day: number;
  readonly run: number;
  readonly commit: string;
}
const dateOf = ({ day }: Run): string => new Date(Date.UTC(2000, 0, 1 + day)).toISOString().slice(0, 10);
const numberOf = ({ day, run }: Run): number => day * 1000 + run;

describe('the newer of two runs of a pipeline has the higher tag, and check has no warning', () => {
  test.each<readonly [string, Tags, (run: Run) => string]>([
    [
      '$(Date:yyyyMMdd)$(Rev:.r)',
      { match: String.raw`^(\d{8})\.(\d+)$`, order: 'numeric' },
      (run) => `${dateOf(run).replaceAll('-', '')}.${run.run}`,
    ],
    [
      'calver without leading zeros',
      { match: String.raw`^(\d{4})\.(\d+)\.(\d+)-(\d+)$`, order: 'numeric' },
      (run) => `${dateOf(run).split('-').map(Number).join('.')}-${run.run}`,
    ],
    [
      'calver with leading zeros',
      { match: String.raw`^(\d{4})\.(\d{2})\.(\d{2})\.(\d+)$`, order: 'numeric' },
      (run) => `${dateOf(run).replaceAll('-', '.')}.${run.run}`,
    ],
    [
      'a build number behind its branch, with the commit',
      { match: String.raw`^(?:main|hotfix)-(\d+)-[0-9a-f]{7}$`, order: 'numeric' },
      (run) => `${run.run % 2 === 0 ? 'main' : 'hotfix'}-${numberOf(run)}-${run.commit}`,
    ],
    ['a build id', { match: String.raw`^\d+$`, order: 'numeric' }, (run) => String(numberOf(run))],
    ['a version of the run', { order: 'semver' }, (run) => `1.${run.day}.${run.run}`],
    ['a pre-release of the run', { semver: '>=1.0.0-0', order: 'semver' }, (run) => `1.${run.day}.0-ci.${run.run}`],
  ])('%s', (_, tags, tagOf) => {
    expect(warningsOf(tags)).toEqual([]);
    fc.assert(
      fc.property(runs, ([older, newer]) => {
        if (!older || !newer) return;
        for (const run of [older, newer]) expect(takesTag(policyOf(tags), tagOf(run))).toEqual({ taken: true });
        expect(compareTags(policyOf(tags), { tag: tagOf(older) }, { tag: tagOf(newer) })).toBe(-1);
      }),
      { numRuns: 100 },
    );
  });
});
