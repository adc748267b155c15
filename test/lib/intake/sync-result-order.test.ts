import { describe, expect, test } from 'vitest';
import { parseRepositoryUrl } from '../../../src/lib/net/repository-url.ts';
import { operationOrder } from '../../../src/lib/intake/sync-result-order.ts';
import { revisionsOf } from '../../../src/lib/intake/sync-result-revisions.ts';
import { parseSyncResult } from '../../../src/lib/intake/parse-sync-result.ts';
import type { SyncResult } from '../../../src/lib/intake/sync-result.ts';

const a = 'a'.repeat(40);
const b = 'b'.repeat(40);
const gitops = 'https://dev.azure.com/contoso/platform/_git/gitops';

function result(parts: object): SyncResult {
  const body = { application: { name: 'x', namespace: 'argocd' }, sync: { status: 'Synced' }, ...parts };
  const parsed = parseSyncResult(body, new Date('2026-12-01T00:00:00Z'));
  if (parsed.kind !== 'sync-result') throw new Error(JSON.stringify(parsed));
  return parsed;
}

function at(startedAt?: string, reconciledAt?: string, finishedAt?: string, changedAt?: string): SyncResult {
  return result({
    operation: startedAt === undefined ? null : { phase: 'Running', startedAt, finishedAt },
    health: { status: 'Healthy', lastTransitionTime: changedAt },
    reconciledAt,
  });
}

const time = (minute: number) => `2026-11-20T10:${String(minute).padStart(2, '0')}:00Z`;

describe('results of an application are in order by', () => {
  test.each([
    ['the start of the operation', at(time(1), time(9), time(9)), at(time(2), time(3))],
    ['the start, whatever the zone', at('2026-11-20T12:01:00+02:00', time(9)), at(time(2), time(3))],
    ['the reconciliation of one operation', at(time(1), time(2), time(5)), at(time(1), time(3))],
    ['the end, where nothing was reconciled since', at(time(1), time(2)), at(time(1), time(2), time(4))],
    ['the change of health, last', at(time(1), time(2), time(2), time(3)), at(time(1), time(2), time(2), time(4))],
    ['having an operation at all', at(undefined, time(9)), at(time(1), time(2))],
    ['having been reconciled at all', at(time(1)), at(time(1), time(2))],
  ])('%s', (_name, older, newer) => {
    expect(operationOrder(older, newer)).toBeLessThan(0);
    expect(operationOrder(newer, older)).toBeGreaterThan(0);
    expect(operationOrder(older, older)).toBe(0);
  });
});

function keyOf(url: string): string {
  const address = parseRepositoryUrl(url);
  if ('problem' in address) throw new Error(address.problem);
  return address.key;
}

const synced = (revision: string) => ({ sync: { status: 'Synced', revision } });

describe('commits of a repository', () => {
  test.each([
    'https://dev.azure.com/contoso/platform/_git/gitops',
    'https://contoso@dev.azure.com/contoso/platform/_git/gitops',
    'https://DEV.azure.com/Contoso/Platform/_git/GitOps',
    'git@ssh.dev.azure.com:v3/contoso/platform/gitops',
    'https://contoso.visualstudio.com/platform/_git/gitops',
    'contoso@vs-ssh.visualstudio.com:v3/contoso/platform/gitops',
    'ssh://git@ssh.dev.azure.com/v3/contoso/platform/gitops',
    'ssh://git@ssh.dev.azure.com:22/v3/contoso/platform/gitops',
    'https://contoso:password@dev.azure.com/contoso/platform/_git/gitops',
  ])('under any of its URLs: %s', (repoURL) => {
    const found = revisionsOf(result({ ...synced(a), source: { repoURL } }), keyOf(gitops));
    expect(found).toEqual({ compared: [a], operated: [] });
  });

  test.each([
    'https://github.com/contoso/gitops.git',
    'git@github.com:contoso/gitops.git',
    'ssh://git@github.com/contoso/gitops.git',
    'ssh://git@github.com:22/contoso/gitops',
  ])('on another host: %s', (repoURL) => {
    const found = revisionsOf(
      result({ ...synced(a), source: { repoURL } }),
      keyOf('https://github.com/contoso/gitops'),
    );
    expect(found.compared).toEqual([a]);
  });

  test('on a server, whose collection has to be known', () => {
    const repoURL = 'https://tfs.contoso.example/tfs/Main/shop/_git/gitops';
    const collections = ['https://tfs.contoso.example/tfs/Main'];
    const address = parseRepositoryUrl(repoURL, collections);
    const key = 'key' in address ? address.key : '';
    expect(revisionsOf(result({ ...synced(a), source: { repoURL } }), key, collections).compared).toEqual([a]);
  });

  test.each(['https://dev.azure.com/contoso/platform/_git/gitops2', 'no url', 'https://evil.example/contoso/platform'])(
    'none of another: %s',
    (repoURL) => {
      expect(revisionsOf(result({ ...synced(a), source: { repoURL } }), keyOf(gitops)).compared).toEqual([]);
    },
  );

  test('of each source that is of it, once', () => {
    const sources = [
      { repoURL: gitops, ref: 'values' },
      { repoURL: 'https://charts.example', chart: 'x' },
      { repoURL: gitops },
    ];
    const sync = { status: 'Synced', revisions: [a, '1.2.3', b] };
    const operation = { phase: 'Succeeded', startedAt: time(1), revision: '', revisions: [b, '1.2.3', b] };
    expect(revisionsOf(result({ sources, sync, operation }), keyOf(gitops))).toEqual({
      compared: [a, b],
      operated: [b],
    });
  });

  test('of an operation that is not known to sync yet: what was asked for', () => {
    const source = { repoURL: gitops };
    const asked = { phase: 'Running', startedAt: time(1), revision: '', requestedRevision: a.toUpperCase() };
    expect(revisionsOf(result({ source, operation: asked }), keyOf(gitops)).operated).toEqual([a]);
    const branch = { phase: 'Running', startedAt: time(1), requestedRevision: 'main' };
    expect(revisionsOf(result({ source, operation: branch }), keyOf(gitops)).operated).toEqual([]);
  });

  test('with the source hydrator the dry one, and only of the hydrated revision', () => {
    const sourceHydratorSpec = { drySource: { repoURL: gitops }, syncSource: { targetBranch: 'rendered' } };
    const hydrator = { drySha: a, hydratedSha: b };
    const operation = { phase: 'Succeeded', startedAt: time(1), revision: 'c'.repeat(40) };
    const hydrated = result({ sourceHydratorSpec, hydrator, ...synced(b), operation });
    expect(revisionsOf(hydrated, keyOf(gitops))).toEqual({ compared: [a], operated: [] });
    expect(revisionsOf(hydrated, keyOf('https://github.com/contoso/gitops')).compared).toEqual([]);
  });
});
