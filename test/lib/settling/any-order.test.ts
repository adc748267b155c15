import fc from 'fast-check';
import { expect, test } from 'vitest';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import type { Deployment } from '../../../src/lib/model/deployment.ts';
import { applyProgress } from '../../../src/lib/settling/apply-progress.ts';
import { evaluate } from '../../../src/lib/settling/evaluate.ts';
import type { EvaluateDeps } from '../../../src/lib/settling/evaluate.ts';
import { readFacts } from '../../../src/lib/settling/read-facts.ts';
import type { SyncResult } from '../../../src/lib/intake/sync-result.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import { updateId } from '../../../src/lib/model/tag-update.ts';
import { gitops, syncResult } from '../../support/settling.ts';
import type { Said } from '../../support/settling.ts';

const applications = ['weu/argocd/shop', 'neu/argocd/shop'] as const;
const routes = `
routes:
  api:
    image: contoso.azurecr.io/api
    repository: ${gitops}
    branch: main
    delivery: commit
    update: [{ file: api.yaml, helm: { tag: image.tag } }]
    application: [${applications.join(', ')}]
    environments: { dev: { tags: { order: newest } } }
`;
const { table } = loadRoutes([{ setting: 'ROUTES', text: routes }], {
  azureDevOpsCollections: [],
  registries: [],
  argoCdInstances: ['weu', 'neu'],
});
const environment = table?.find('contoso.azurecr.io/api', 'dev')?.environment;
const now = new Date('2026-11-21T00:00:00Z');

/** History in one line; the tag at each of its commits. */
const tags = ['1', '2', '2', '3', '2', '4'] as const;
const commitAt = (index: number): string => String(index).repeat(40);

const deps: EvaluateDeps = {
  now: () => now,
  findEnvironment: () => Promise.resolve(environment),
  factsOf: (result) => readFacts(result, gitops, []),
  revisions: {
    learn: () => Promise.resolve(),
    holds: (_repository, commit, revision) => Promise.resolve(Number(revision[0]) >= Number(commit[0])),
    valueAt: ({ update }, revision) =>
      Promise.resolve(tags[Number(revision[0])] === update.image.tag ? 'own' : 'other'),
  },
};

function deployment(tag: string, commit: string): Deployment {
  const image = { registry: 'contoso.azurecr.io', repository: 'api', tag };
  const pushedAt = '2026-11-20T09:00:00.000Z';
  const id = updateId('api', 'dev', image, false);
  const update = { id, route: 'api', environment: 'dev', image, pushedAt, cause: { kind: 'push' as const } };
  return moveTo(queued(update, gitops, now), 'committed', { commit, applications }, now);
}

const revision = fc.nat({ max: tags.length - 1 }).map(commitAt);
const minute = fc.nat({ max: 40 });
const said: fc.Arbitrary<Said> = fc.record(
  {
    revision,
    sync: fc.constantFrom('Synced', 'Synced', 'OutOfSync', 'Unknown'),
    health: fc.constantFrom('Healthy', 'Healthy', 'Degraded', 'Progressing', 'Missing'),
    healthSince: minute,
    operation: fc.record(
      {
        revision,
        phase: fc.constantFrom('Running', 'Succeeded', 'Succeeded', 'Failed', 'Error'),
        startedAt: minute,
        finishedAt: minute,
      },
      { requiredKeys: ['startedAt'] },
    ),
    reconciledAt: minute,
    images: fc.constantFrom([], ['contoso.azurecr.io/api:2'], ['contoso.azurecr.io/api:3']),
  },
  { requiredKeys: ['revision', 'reconciledAt'] },
);
interface Heard {
  readonly application: (typeof applications)[number];
  readonly result: SyncResult;
}
const heard: fc.Arbitrary<Heard> = fc.record({
  application: fc.constantFrom(...applications),
  result: said.map(syncResult),
});

async function settle(start: Deployment, results: readonly Heard[]): Promise<Deployment> {
  let current = start;
  for (const { application, result } of results) {
    const reported = {
      application,
      result,
      isLast: false,
      isShared: () => Promise.resolve(false),
      resources: () => Promise.resolve(undefined),
    };
    const evaluation = await evaluate(current, reported, deps);
    current = (evaluation && applyProgress(current, application, evaluation.progress, now)) ?? current;
  }
  return current;
}

/** What does not depend on when it was learned. */
function ends({ state, progress = {}, warning }: Deployment) {
  return { state, warning, shown: applications.map((name) => [progress[name]?.state, progress[name]?.runs]) };
}

test('any order and duplication of results ends in the same state', async () => {
  let seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(heard, { minLength: 1, maxLength: 8 }).chain((results) =>
        fc.record({
          results: fc.constant(results),
          others: fc.shuffledSubarray([...results, ...results], { minLength: results.length }),
        }),
      ),
      fc.constantFrom(['2', 1] as const, ['3', 3] as const, ['2', 4] as const),
      async ({ results, others }, [tag, at]) => {
        const start = deployment(tag, commitAt(at));
        const end = await settle(start, results);
        // Each at least once, and some again.
        expect(ends(await settle(start, [...others, ...results.toReversed()]))).toEqual(ends(end));
        expect(ends(await settle(start, [...results.toReversed(), ...others]))).toEqual(ends(end));
        seen = seen.add(end.state);
      },
    ),
    { numRuns: 1_000 },
  );
  // The results are such that every end is met.
  expect([...seen].toSorted()).toEqual(['committed', 'degraded', 'failed', 'healthy', 'superseded', 'syncing']);
});
