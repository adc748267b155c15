import { expect, test } from 'vitest';
import { lineOf, linesOfCommit } from '../../../local/demo/line-of.ts';
import { formatTrailer } from '../../../src/lib/model/trailers.ts';

const now = Date.parse('2026-11-20T10:00:00.000Z');

function line(name: string, fields: Readonly<Record<string, string>>, detailed = 'dev') {
  return lineOf({ name, fields, at: 0 }, { detailed, now });
}

const id = '0123456789abcdef';
const update = {
  route: 'shop/api',
  image: 'contoso.azurecr.io/shop/api:1.8.0@sha256:00',
  previous: '1.7.3@sha256:11',
  id,
};

test('a commit: the diff only in the environment that is shown in detail', () => {
  const message = [
    'Deploy',
    '',
    formatTrailer({ ...update, environment: 'dev' }),
    formatTrailer({ ...update, environment: 'staging', cause: 'promotion' }),
  ].join('\n');
  const text = 'commit 0123456789: 1.7.3 → 1.8.0';
  expect(linesOfCommit(message, id, 'dev')).toEqual([
    { place: 'dev', text, commit: id },
    { place: 'staging', text },
  ]);
  expect(linesOfCommit('Someone else changes a file', id, 'dev')).toEqual([]);
});

test('the commit of a rollback', () => {
  const trailer = formatTrailer({ ...update, environment: 'dev', cause: 'rollback', of: id });
  expect(linesOfCommit(`Revert\n\n${trailer}`, id, undefined)).toEqual([
    { place: 'dev', text: 'rolled back by commit 0123456789: 1.7.3 → 1.8.0' },
  ]);
});

test('a wait is shown as seconds from now', () => {
  const fields = { environment: 'staging', reason: 'soaks in dev until 2026-11-20T10:00:02.500Z' };
  expect(line('held', { ...fields, until: '2026-11-20T10:00:02.500Z' })).toEqual({
    place: 'staging',
    text: 'waits 2.5 s: soaks in dev',
  });
});

test.each([
  ['checkout-dev', 'refreshed; its poll was 130 s away', true],
  ['checkout-dev', 'OutOfSync, sync running, Healthy', true],
  ['checkout-staging', 'refreshed; its poll was 130 s away', false],
  ['checkout-staging', 'OutOfSync, sync running, Healthy', false],
  ['checkout-staging', 'Synced, sync succeeded, Progressing', false],
  ['checkout-staging', 'Synced, sync succeeded, Healthy', true],
  ['checkout-staging', 'Synced, sync succeeded, Degraded', true],
])('Argo CD: %s %s', (application, text, isShown) => {
  expect(line('argocd', { application, text }) !== undefined).toBe(isShown);
});

test.each([
  [
    'gate-completed',
    { result: 'failed', reason: 'shop/api 1.8 in dev is degraded: argocd/api-dev: why' },
    'pipeline',
    'its gate failed: 1.8 in dev is degraded',
  ],
  ['rejected', { environment: 'dev', code: 'tag-moved', reason: 'it moved' }, 'dev', 'rejected: tag-moved: it moved'],
  ['undelivered', { reason: '404' }, 'tagrelay', 'undelivered: 404'],
  ['argocd', { application: 'checkout-dev', text: 'Synced, Degraded' }, 'dev', 'Argo CD: Synced, Degraded'],
])('%s is a fault', (name, fields, place, text) => {
  expect(line(name, fields)).toEqual({ place, text, isBad: true });
});

test('other log lines are not shown', () => {
  expect(line('reported', { state: 'succeeded' })).toBeUndefined();
  expect(line('routed', { environment: 'dev' })).toBeUndefined();
});
