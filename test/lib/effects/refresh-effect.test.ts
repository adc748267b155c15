import { expect, test } from 'vitest';
import type { RefreshRequest } from '../../../src/lib/argocd/refresher.ts';
import { makeRefreshEffect } from '../../../src/lib/effects/refresh-effect.ts';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import type { Deployment } from '../../../src/lib/model/deployment.ts';
import { updateId } from '../../../src/lib/model/tag-update.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import type { Environment } from '../../../src/lib/routes/route.ts';

const image = { registry: 'fabrikam.azurecr.io', repository: 'web', tag: '2' };
const update: TagUpdate = {
  id: updateId('web', 'dev', image, false),
  route: 'web',
  environment: 'dev',
  image,
  pushedAt: '2026-11-20T10:00:00Z',
  cause: { kind: 'push' },
};
const start = new Date('2026-11-20T10:00:00Z');
const waiting = queued(update, 'https://github.com/fabrikam/gitops', start);
const applications = ['argocd/web-a', 'argocd/web-b'];
const committed = moveTo(waiting, 'committed', { commit: 'c1', applications }, start);

const asked: string[] = [];

async function requests(deployment: Deployment, kinds: readonly string[] = ['helm'], secondsLater = 1) {
  const found: RefreshRequest[] = [];
  const effect = makeRefreshEffect({
    refresher: { request: (request) => void found.push(request), ask: (application) => void asked.push(application) },
    findEnvironment: () => Promise.resolve({ update: kinds.map((kind) => ({ kind })) } as unknown as Environment),
    now: () => new Date(start.getTime() + secondsLater * 1000),
  });
  expect(await effect(deployment, () => undefined)).toBe(deployment);
  return found;
}

test('each application of a commit is refreshed', async () => {
  expect(await requests(committed)).toEqual(
    applications.map((application) => ({ application, commit: 'c1', isHeld: false })),
  );
});

test('a merged pull request is refreshed, an open one is not', async () => {
  const pullRequest = { number: 7, url: 'https://github.com/fabrikam/gitops/pull/7' };
  const open = moveTo(waiting, 'pull-request', { pullRequest, applications }, start);
  expect(await requests(open)).toEqual([]);
  expect(await requests(moveTo(open, 'committed', { commit: 'm1' }, start))).toMatchObject([
    { commit: 'm1' },
    { commit: 'm1' },
  ]);
});

test('an application that another tool deploys is asked, and not refreshed', async () => {
  asked.length = 0;
  const preview = moveTo(waiting, 'committed', { edits: [], applications }, start);
  expect(await requests(preview, [])).toEqual([]);
  expect(asked).toEqual(applications);
  asked.length = 0;
  expect(await requests(preview, [], 180)).toEqual([]);
  expect(asked).toEqual([]);
});

test('an edited Application is refreshed through its holder', async () => {
  expect(await requests(committed, ['application'])).toMatchObject([{ isHeld: true }, { isHeld: true }]);
  expect(await requests(committed, ['application', 'helm'])).toHaveLength(4);
});

test('nothing is refreshed without an application, after the end, or when Argo CD has polled since', async () => {
  expect(await requests(moveTo(waiting, 'committed', { commit: 'c1' }, start))).toEqual([]);
  expect(await requests(moveTo(committed, 'healthy', {}, start))).toEqual([]);
  expect(await requests(moveTo(waiting, 'rejected', { code: 'file-not-found' }, start))).toEqual([]);
  expect(await requests(committed, ['helm'], 180)).toEqual([]);
});
