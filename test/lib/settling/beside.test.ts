import { describe, expect, test } from 'vitest';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import { evaluate } from '../../../src/lib/settling/evaluate.ts';
import { readFacts } from '../../../src/lib/settling/read-facts.ts';
import type { SyncResult } from '../../../src/lib/intake/sync-result.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import { updateId } from '../../../src/lib/model/tag-update.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import { gitops, syncResult } from '../../support/settling.ts';
import type { Said } from '../../support/settling.ts';

const commit = 'c'.repeat(40);
const committedAt = new Date('2026-11-20T10:10:00Z');
const heardAt = new Date('2026-11-20T10:05:00Z');
const digest = `sha256:${'d'.repeat(64)}`;

/** What a result shows of a deployment whose update changes the source of another application. */
async function shown(
  update: string,
  result: SyncResult,
  tag = '2.0.0',
  more: Partial<TagUpdate> = {},
): Promise<string | undefined> {
  const routes = `
routes:
  app:
    image: contoso.azurecr.io/charts/app
    repository: ${gitops}
    branch: main
    delivery: commit
    update: [${update}]
    application: argocd/shop-dev
    environments: { dev: { tags: { order: semver } } }
`;
  const { table, problems } = loadRoutes([{ setting: 'ROUTES', text: routes }], {
    azureDevOpsCollections: [],
    registries: [],
  });
  const environment = table?.find('contoso.azurecr.io/charts/app', 'dev')?.environment;
  if (!environment) throw new Error(problems.map(({ message }) => message).join('\n'));
  const image = { registry: 'contoso.azurecr.io', repository: 'charts/app', tag, digest };
  const pushedAt = '2026-11-20T10:00:00.000Z';
  const start = queued(
    {
      id: updateId('app', 'dev', image, false),
      route: 'app',
      environment: 'dev',
      image,
      pushedAt,
      cause: { kind: 'push' },
      ...more,
    },
    gitops,
    heardAt,
  );
  const deployment = moveTo(start, 'committed', { commit, applications: environment.application }, committedAt);
  const reported = {
    application: 'argocd/shop-dev',
    result,
    isLast: true,
    isShared: () => Promise.resolve(false),
    resources: () => Promise.resolve(undefined),
  };
  const evaluation = await evaluate(deployment, reported, {
    now: () => committedAt,
    findEnvironment: () => Promise.resolve(environment),
    factsOf: (said, repository) => readFacts(said, repository, []),
    revisions: {
      learn: () => Promise.resolve(),
      holds: (_repository, of, revision) => Promise.resolve(of === revision),
      valueAt: () => Promise.resolve('own'),
    },
  });
  return evaluation?.progress.state;
}

const application = '{ file: apps/shop.yaml, application: {} }';
/** The operation began this many minutes after 10:00; the image was heard of at 10:05, the commit recorded at 10:10. */
const after = (startedAt: number, said: Partial<Said> = {}) =>
  syncResult({
    revision: 'e'.repeat(40),
    operation: { startedAt, finishedAt: startedAt + 1 },
    reconciledAt: startedAt + 2,
    ...said,
  });

describe('an update of an Application', () => {
  test.each([
    [
      'settles by the image that runs',
      '2.0.0',
      after(11, { images: ['contoso.azurecr.io/charts/app:2.0.0'] }),
      'healthy',
    ],
    [
      'by an operation that began before the commit was recorded',
      '2.0.0',
      after(9, { images: ['contoso.azurecr.io/charts/app:2.0.0'] }),
      'healthy',
    ],
    [
      'is not superseded by what that one left running',
      '2.0.0',
      after(9, { images: ['contoso.azurecr.io/charts/app:3.0.0'] }),
      undefined,
    ],
    [
      'by one that began before the image was heard of',
      '2.0.0',
      after(4, { images: ['contoso.azurecr.io/charts/app:2.0.0'] }),
      'healthy',
    ],
    [
      'by one that began when the image was pushed, by a clock that is behind',
      '2.0.0',
      after(-4, { images: ['contoso.azurecr.io/charts/app:2.0.0'] }),
      'healthy',
    ],
    [
      'not by an operation that began before the image was pushed',
      '2.0.0',
      after(-6, { images: ['contoso.azurecr.io/charts/app:2.0.0'] }),
      undefined,
    ],
    [
      'hears nothing while the former image runs',
      '2.0.0',
      after(11, { images: ['contoso.azurecr.io/charts/app:1.0.0'] }),
      undefined,
    ],
    [
      'is superseded by a newer image',
      '2.0.0',
      after(11, { images: ['contoso.azurecr.io/charts/app:3.0.0'] }),
      'superseded',
    ],
    ['hears nothing where Argo CD tells no images', '2.0.0', after(11), undefined],
  ])('%s', async (_name, tag, result, state) => {
    expect(await shown(application, result, tag)).toBe(state);
  });
});

test('a replay settles by an operation that began after it was asked for', async () => {
  const images = ['contoso.azurecr.io/charts/app:2.0.0'];
  const replay = { cause: { kind: 'replay', of: '0'.repeat(32), number: 1 } } as const;
  expect(await shown(application, after(4, { images }), '2.0.0', replay)).toBeUndefined();
  expect(await shown(application, after(6, { images }), '2.0.0', replay)).toBe('healthy');
});

const withChart = (revision: string, said: Partial<Said> = {}): SyncResult => ({
  ...after(11, { revision, ...said }),
  sources: [{ repoUrl: 'contoso.azurecr.io/charts', chart: 'app' }],
});

describe('a chart as a source', () => {
  test.each([
    ['settles by its version', '2.0.0', withChart('2.0.0'), 'healthy'],
    ['reads _ as +', '2.0.0_build', withChart('2.0.0+build'), 'healthy'],
    ['settles by the digest that Argo CD has of an OCI chart', '2.0.0', withChart(digest), 'healthy'],
    ['is superseded by a newer version', '2.0.0', withChart('3.0.0'), 'superseded'],
    [
      'settles by an operation that began before the merge was recorded',
      '2.0.0',
      withChart('2.0.0', { operation: { startedAt: 9, finishedAt: 10 } }),
      'healthy',
    ],
    ['hears nothing of an older version', '2.0.0', withChart('1.0.0'), undefined],
  ])('%s', async (_name, tag, result, state) => {
    expect(await shown(application, result, tag)).toBe(state);
  });

  test('an operation of its version that failed fails it', async () => {
    const operation = { phase: 'Failed', startedAt: 11, finishedAt: 12 } as const;
    expect(await shown(application, withChart('2.0.0', { operation, sync: 'OutOfSync' }))).toBe('failed');
  });

  test('a native OCI source is known by its URL', async () => {
    const result = { ...withChart(digest), sources: [{ repoUrl: 'oci://contoso.azurecr.io/charts/app' }] };
    expect(await shown(application, result)).toBe('healthy');
  });
});

describe('a dependency of a Chart.yaml', () => {
  const chart = '{ file: app/Chart.yaml, chart: { dependency: app } }';
  test('settles by value where the application is deployed from that repository', async () => {
    expect(await shown(chart, after(5, { revision: commit }))).toBe('healthy');
    expect(await shown(chart, after(11))).toBeUndefined();
  });
});

describe('which revision counts', () => {
  const helm = '{ file: values.yaml, helm: { tag: image.tag } }';
  const base = after(11, { revision: commit });

  test('of several sources that of the GitOps repository', async () => {
    const sources = [
      { repoUrl: 'https://charts.contoso.example', chart: 'shop' },
      { repoUrl: gitops, ref: 'values' },
    ];
    const revisions = ['1.2.3', commit];
    const operation = base.operation && { ...base.operation, revisions };
    const result = { ...base, sources, sync: { ...base.sync, revisions }, ...(operation && { operation }) };
    expect(await shown(helm, result)).toBe('healthy');
    expect(await shown(helm, { ...result, sources: sources.toReversed() })).toBeUndefined();
  });

  test('with the source hydrator the dry commit, where the hydrated one is the revision', async () => {
    const hydrated = after(11, { revision: 'f'.repeat(40) });
    const hydrator = { source: { repoUrl: gitops }, drySha: commit, hydratedSha: 'f'.repeat(40) };
    expect(await shown(helm, { ...hydrated, sources: [], hydrator })).toBe('healthy');
    const later = { ...hydrator, hydratedSha: 'a'.repeat(40) };
    expect(await shown(helm, { ...hydrated, sources: [], hydrator: later })).toBeUndefined();
  });

  test('while Synced what was compared, else what the operation synced', async () => {
    const older = 'e'.repeat(40);
    const operation = { revision: older, startedAt: 11, finishedAt: 12 };
    expect(await shown(helm, syncResult({ revision: commit, operation, reconciledAt: 13 }))).toBe('healthy');
    const outOfSync = { revision: commit, sync: 'OutOfSync', operation, reconciledAt: 13 } as const;
    expect(await shown(helm, syncResult(outOfSync))).toBeUndefined();
  });
});
