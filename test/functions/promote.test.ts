import { expect, test } from 'vitest';
import { git } from '../../local/git.ts';
import { pushWebhook } from '../../local/webhook.ts';
import { appApi, updateOf } from '../support/app-api.ts';
import { eventually } from '../support/eventually.ts';
import { fileAtTip, testPlatform } from '../support/platform.ts';

const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: '{environment}.yaml', helm: { tag: image.tag } }]
    application: argocd/api-{environment}
    environments:
      dev: { tags: { match: '^(\\d+)$', order: numeric } }
      prod:
        promoteFrom: dev
        windows: [{ kind: deny, from: '${day(-1)}', to: '${day(20)}', reason: audit }]
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;
const order = { route: 'api', environment: 'prod', reason: 'release', actor: 'mai' };

async function start() {
  const platform = await testPlatform({ routes, files: { 'dev.yaml': values('1'), 'prod.yaml': values('1') } });
  const api = appApi(platform);
  const reaches = async (id: string, state: string) =>
    eventually(async () => expect((await api.get(`deployments/${id}`)).body).toMatchObject({ state }));
  const push = async (tag: string) => {
    await platform.post(pushWebhook({ registry: 'contoso.azurecr.io', repository: 'api', tag }, new Date()));
    await reaches(updateOf('api', 'dev', 'api', tag).id, 'committed');
  };
  /** Argo CD reports that dev runs the tip. */
  const becomeHealthy = async (tag: string) => {
    const revision = (await git(['rev-parse', 'main'], platform.bare)).trim();
    const now = new Date().toISOString();
    const answer = await fetch(`${platform.functions}/api/webhooks/argocd`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-functions-key': platform.key },
      body: JSON.stringify({
        schemaVersion: 1,
        application: { name: 'api-dev', namespace: 'argocd', uid: null, project: 'default', labels: null },
        source: {
          repoURL: 'https://dev.azure.com/contoso/platform/_git/gitops',
          path: '.',
          targetRevision: 'main',
        },
        sources: null,
        sourceHydratorSpec: null,
        sync: { status: 'Synced', revision, revisions: null },
        health: { status: 'Healthy', lastTransitionTime: now },
        operation: {
          phase: 'Succeeded',
          message: 'successfully synced (all tasks run)',
          startedAt: now,
          finishedAt: now,
          requestedRevision: revision,
          revision,
        },
        images: [`contoso.azurecr.io/api:${tag}`],
        imagesOmitted: 0,
        reconciledAt: now,
      }),
    });
    expect(answer.status).toBe(202);
    await reaches(updateOf('api', 'dev', 'api', tag).id, 'healthy');
  };
  return { platform, api, push, becomeHealthy, reaches };
}

test('a healthy image waits for the window of prod; an order with `now` passes it', async () => {
  const { platform, api, push, becomeHealthy, reaches } = await start();
  await push('2');
  await becomeHealthy('2');
  const { id } = updateOf('api', 'prod', 'api', '2');
  await reaches(id, 'queued');
  await eventually(async () =>
    expect((await api.get(`deployments/${id}`)).body).toMatchObject({ reason: expect.stringContaining('audit') }),
  );

  const dry = await api.post('promote', { ...order, dryRun: true });
  expect(dry).toMatchObject({
    status: 200,
    body: {
      dryRun: true,
      id,
      held: expect.stringContaining('audit'),
      from: [{ environment: 'dev' }],
      message: expect.stringContaining('cause=promotion from=dev:'),
      diff: expect.stringContaining('+image: { tag: "2" }'),
    },
  });
  expect(await fileAtTip(platform.bare, 'prod.yaml')).toBe(values('1'));

  expect(await api.post('promote', { ...order, now: true })).toMatchObject({ status: 202, body: { id } });
  await reaches(id, 'committed');
  expect(await fileAtTip(platform.bare, 'prod.yaml')).toBe(values('2'));
  expect((await api.get(`deployments/${id}`)).body).toMatchObject({
    promotion: { from: [{ environment: 'dev' }], actor: 'mai', reason: 'release' },
  });
  expect(await api.post('promote', { ...order, tag: '22' })).toMatchObject({
    status: 409,
    body: { detail: 'api in prod: 22 has not been healthy in dev; the nearest tag that was is 2.' },
  });
});

test('an order that nothing stands behind is refused with the reason', async () => {
  const { api, push } = await start();
  await push('2');
  const detail = async (more: object) => (await api.post('promote', { ...order, ...more })).body;
  expect(await detail({ tag: '2' })).toMatchObject({
    status: 409,
    detail: 'api in prod: 2 has not been healthy in dev.',
  });
  expect(await detail({})).toMatchObject({ status: 409, detail: 'api in prod: no image is healthy in dev.' });
  expect(await detail({ environment: 'dev' })).toMatchObject({
    status: 409,
    detail: 'api in dev: dev has no `promoteFrom`, so nothing is promoted to it.',
  });
  expect(await detail({ environment: 'prd' })).toMatchObject({
    status: 404,
    detail: 'The route api has no environment prd, did you mean `prod`?',
  });
});
