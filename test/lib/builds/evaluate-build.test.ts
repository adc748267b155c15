import { describe, expect, test } from 'vitest';
import type { Build } from '../../../src/lib/model/build.ts';
import { candidates } from '../../../src/lib/builds/candidates.ts';
import { evaluateBuild } from '../../../src/lib/builds/evaluate-build.ts';

const collection = 'https://dev.azure.com/contoso';
const repository = `${collection}/platform/_git/gitops`;
const api = `${collection}/shop/_git/api`;
const createdOn = new Date('2026-11-20T10:05:00Z');

function build(details: Partial<Build> = {}): Build {
  return {
    collection,
    project: 'shop',
    id: 1241,
    number: '20261120.3',
    url: `${collection}/shop/_build/results?buildId=1241`,
    result: 'succeeded',
    definition: { id: 12, name: 'Shop-API' },
    repository: { url: api, key: api, name: 'api' },
    sourceBranch: 'refs/heads/main',
    sourceVersion: '4f9c'.repeat(10),
    reason: 'individualCI',
    startedAt: new Date('2026-11-20T10:00:00Z'),
    finishedAt: new Date('2026-11-20T10:06:00Z'),
    ...details,
  };
}

type Named = NonNullable<Parameters<typeof evaluateBuild>[1]['build']>;
function judge(
  details: Partial<Build> = {},
  named: Named = { definition: 'shop-api' },
  created: Date | undefined = createdOn,
) {
  return evaluateBuild(build(details), { repository, build: named }, { tag: 'main-1241', createdOn: created }, []).kind;
}

describe('a build is trusted', () => {
  const { finishedAt: _finished, result: _result, ...running } = build();
  test.each<[string, Parameters<typeof judge>]>([
    ['by the name of its definition', []],
    ['by the number of its definition', [{}, { definition: '12' }]],
    ['by its repository', [{}, { repository: 'https://contoso.visualstudio.com/Shop/_git/API' }]],
    ['by the name of its repository', [{}, { repository: 'API' }]],
    ['by its tag', [{}, { tag: 'main-{buildId}' }]],
    ['whichever it is, where the route names none', [{}, {}]],
    ['partially succeeded', [{ result: 'partiallySucceeded' }]],
    ['up to 5 minutes after it has finished', [{ finishedAt: new Date('2026-11-20T10:00:00Z') }]],
  ])('%s', (_name, args) => {
    expect(judge(...args)).toBe('trusted');
  });

  test('while it runs', () => {
    expect(
      evaluateBuild(running, { repository, build: {} }, { tag: 'x', createdOn: new Date('2026-11-20T20:00:00Z') }, []),
    ).toEqual({ kind: 'trusted' });
  });

  test('of a collection that the operator named', () => {
    const other = { collection: 'https://tfs.contoso.com/tfs/Main' };
    expect(judge(other)).toBe('refuted');
    const seen = { tag: 'main-1241', createdOn };
    expect(evaluateBuild(build(other), { repository }, seen, ['https://TFS.contoso.com/tfs/main']).kind).toBe(
      'trusted',
    );
  });
});

describe('a build is refuted', () => {
  test.each<[string, Parameters<typeof judge>]>([
    ['of another definition', [{}, { definition: 'shop' }]],
    ['a name is no number', [{ definition: { id: 7, name: '12' } }, { definition: '12' }]],
    ['of another repository', [{}, { repository: `${collection}/other/_git/api` }]],
    ['whose tag would be another', [{ id: 1242 }, { tag: 'main-{buildId}' }]],
    ['that failed', [{ result: 'failed' }]],
    ['that was cancelled', [{ result: 'canceled' }]],
    ['that began after the image was pushed', [{ startedAt: new Date('2026-11-20T10:05:01Z') }]],
    ['that was over when the image was pushed', [{ finishedAt: new Date('2026-11-20T09:59:59Z') }]],
    ['of another collection', [{ collection: 'https://dev.azure.com/fabrikam' }]],
  ])('%s', (_name, args) => {
    expect(judge(...args)).toBe('refuted');
  });

  test('that has not started', () => {
    const { startedAt: _started, ...waiting } = build();
    expect(evaluateBuild(waiting, { repository, build: {} }, { tag: 'x', createdOn }, []).kind).toBe('refuted');
  });
});

test('where the registry does not say when it got the image, a build is plausible at most', () => {
  const seen = { tag: 'main-1241', createdOn: undefined };
  expect(evaluateBuild(build(), { repository, build: {} }, seen, []).kind).toBe('plausible');
  expect(evaluateBuild(build({ result: 'failed' }), { repository, build: {} }, seen, []).kind).toBe('refuted');
});

const labelled = (buildId: number) => ({ collection, project: 'shop', buildId, source: {} });

test('candidates come in the order service hook, tag, labels, each once', () => {
  const environment = { repository, build: { repository: api, tag: 'main-{buildId}' } };
  const claim = { builds: [labelled(7), labelled(1241), labelled(8)], source: {} };
  const hint = { collection: 'https://dev.azure.com/Contoso', project: 'shop', id: 7 };
  const found = candidates('main-1241', environment, hint, claim, []);
  expect(found.map((one) => [one.by, 'address' in one ? one.address.id : one.numbered.number])).toEqual([
    ['service hook', 7],
    ['tag', 1241],
    ['label', 8],
  ]);
});

test('a tag that is a number is looked for in the project of the built repository, else in that of the GitOps repository', () => {
  const named = { definition: 'shop-api', tag: '{buildNumber}' };
  const numbered = { by: 'tag', numbered: { collection, number: '20261120.3', definition: 'shop-api' } };
  expect(candidates('20261120.3', { repository, build: named }, undefined, undefined, [])).toMatchObject([
    { ...numbered, numbered: { ...numbered.numbered, project: 'platform' } },
  ]);
  const built = { repository, build: { ...named, repository: api } };
  expect(candidates('20261120.3', built, undefined, undefined, [])).toMatchObject([{ numbered: { project: 'shop' } }]);
  expect(
    candidates(
      '20261120.3',
      { repository: 'https://github.com/contoso/gitops', build: named },
      undefined,
      undefined,
      [],
    ),
  ).toEqual([]);
});
