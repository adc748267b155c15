import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readShippedConfiguration } from '../../../local/argocd/notifications/configuration.ts';
import { evaluateConditions } from '../../../local/argocd/notifications/triggered.ts';
import { render } from '../../../local/argocd/template/render.ts';
import { parseSyncResult } from '../../../src/lib/intake/parse-sync-result.ts';

const fixtures = join(import.meta.dirname, 'fixtures');
const shipped = join(import.meta.dirname, '../../../infra/argocd/notifications-cm.yaml');

const expected = JSON.parse(readFileSync(join(fixtures, 'renderings.json'), 'utf8')) as {
  readonly configMap: string;
  readonly argocdUrl: string;
  readonly renderings: Readonly<
    Record<
      string,
      {
        readonly body: string;
        readonly conditions: readonly { readonly triggered: boolean; readonly oncePer?: string }[];
      }
    >
  >;
};
const context = { argocdUrl: expected.argocdUrl };
const names = Object.keys(expected.renderings);
const { body, conditions } = await readShippedConfiguration();

function application(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(fixtures, 'applications', `${name}.json`), 'utf8')) as Record<string, unknown>;
}

test('the expected renderings are of the shipped template: cd test/local/argocd/go && go run .', () => {
  expect(createHash('sha256').update(readFileSync(shipped)).digest('hex')).toBe(expected.configMap);
});

test.each(names)('the stand-in renders what Go renders: %s', (name) => {
  expect(render(body, { app: application(name), context })).toBe(expected.renderings[name]?.body);
});

test.each(names)('the stand-in evaluates the triggers as Argo CD does: %s', (name) => {
  const problems: string[] = [];
  const log = (problem: string): void => void problems.push(problem);
  const results = evaluateConditions(conditions, application(name), log, () => Date.parse('2026-11-20T12:00:00Z'));
  expect(problems).toEqual([]);
  expect(
    results.map(({ isTriggered, oncePer }) =>
      oncePer === '' ? { triggered: isTriggered } : { triggered: isTriggered, oncePer },
    ),
  ).toEqual(expected.renderings[name]?.conditions);
});

test.each([
  ['2026-11-20T10:01:05Z', '2026-11-20T10:06:04Z', false],
  ['2026-11-20T10:01:05Z', '2026-11-20T10:06:05Z', true],
  ['2026-11-20T10:04:00Z', '2026-11-20T10:08:59Z', false],
  [undefined, '2026-11-20T10:06:05Z', true],
])('a result is repeated until it is received, 5 min after the last change: %s, %s', (lastTransitionTime, now, is) => {
  const own = application('succeeded') as { status: { health: object } };
  const health = { status: 'Healthy', ...(lastTransitionTime !== undefined && { lastTransitionTime }) };
  const app = { ...own, status: { ...own.status, health } };
  const last = evaluateConditions(
    conditions,
    app,
    (problem) => expect(problem).toBe(''),
    () => Date.parse(now),
  ).at(-1);
  expect(last).toMatchObject({ isTriggered: is, oncePer: '' });
});

const many = (count: number, make: (index: number) => unknown) =>
  Array.from({ length: count }, (_, index) => make(index));

describe('the body stays below what a queue takes, whatever the application holds', () => {
  test.each([
    ['letters', 'x'],
    ['what JSON escapes', '<'],
    ['control characters', '\u0001'],
    ['characters of four bytes', '🚀'],
  ])('texts of %s', (_name, character) => {
    const long = character.repeat(5000);
    const failed = (index: number) => ({ kind: 'Job', name: `j${index}`, status: 'SyncFailed', message: long });
    const app = {
      metadata: {
        name: 'n'.repeat(253),
        namespace: 'm'.repeat(63),
        labels: Object.fromEntries(many(300, (index) => [`l${index}`, long]) as [string, string][]),
      },
      spec: {
        project: long,
        destination: { server: long },
        source: { repoURL: long },
        sources: many(300, (index) => ({
          repoURL: `https://x.example/${index}`,
          path: character,
          helm: { values: long },
        })),
        sourceHydrator: { drySource: { repoURL: long }, syncSource: { path: long } },
      },
      status: {
        reconciledAt: '2026-11-20T10:00:00Z',
        sync: { status: 'Synced', revisions: many(300, () => 'a'.repeat(40)) },
        health: { status: 'Degraded' },
        operationState: {
          phase: 'Failed',
          startedAt: '2026-11-20T10:00:00Z',
          message: long,
          operation: {
            initiatedBy: { username: long },
            sync: { revision: long, revisions: many(300, () => 'b'.repeat(40)) },
          },
          syncResult: { revisions: many(300, () => 'c'.repeat(40)), resources: many(300, failed) },
        },
        resources: many(300, (index) => ({
          kind: 'Pod',
          name: `p${index}`,
          health: { status: 'Degraded', message: long },
        })),
        conditions: many(300, () => ({ type: 'SyncError', message: long })),
        summary: { images: many(300, (index) => `contoso.azurecr.io/team/image-${index}:main-${index}-0a1b2c3d`) },
      },
    };
    const text = render(body, { app, context });
    expect(Buffer.byteLength(text)).toBeLessThan(48 * 1024);
    const result = parseSyncResult(JSON.parse(text), new Date());
    expect(result).toMatchObject({ kind: 'sync-result', operation: { phase: 'Failed' } });
    const { images, sources, sync, operation } = JSON.parse(text) as Record<string, never> & {
      images: string[];
      sources: unknown[];
      sync: { revisions: string[] };
      operation: { failedResources: unknown[]; failedResourcesOmitted: number };
    };
    expect(images.length).toBeGreaterThan(150);
    expect(JSON.parse(text)).toHaveProperty('imagesOmitted', 300 - images.length);
    expect(operation.failedResources.length + operation.failedResourcesOmitted).toBe(300);
    expect(operation.failedResources.length).toBeGreaterThan(2);
    expect(sources.length).toBeGreaterThan(20);
    expect(sync.revisions.length).toBeGreaterThanOrEqual(sources.length);
  });
});
