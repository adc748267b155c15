import { expect, test } from 'vitest';
import { pushWebhook } from '../../local/webhook.ts';
import { appApi, updateOf } from '../support/app-api.ts';
import { eventually } from '../support/eventually.ts';
import { commitFiles, fileAtTip, testPlatform } from '../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  'shop/{service}':
    image: contoso.azurecr.io/shop/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;
const key = { route: 'shop/api', environment: 'dev' };
const order = { ...key, reason: 'orders fail', actor: 'mai' };

async function start() {
  const platform = await testPlatform({ routes, files: { 'api.yaml': values('1') } });
  const api = appApi(platform);
  const reaches = async (id: string, state: string) =>
    eventually(async () => expect((await api.get(`deployments/${id}`)).body).toMatchObject({ state }));
  const push = async (tag: string) => {
    await platform.post(pushWebhook({ registry: 'contoso.azurecr.io', repository: 'shop/api', tag }, new Date()));
    await reaches(updateOf('shop/api', 'dev', 'shop/api', tag).id, 'committed');
  };
  return { platform, api, push, reaches };
}

test('a rollback by hand: a dry run, the commit, actor and reason in the record, and late pushes stay out', async () => {
  const { platform, api, push, reaches } = await start();
  await push('2');
  await push('3');
  const before = updateOf('shop/api', 'dev', 'shop/api', '3').id;

  const dry = await api.post('rollback', { ...order, to: '2', dryRun: true });
  expect(dry).toMatchObject({
    status: 200,
    body: { dryRun: true, from: '3', of: before, message: expect.stringContaining('rolled back 3 → 2') },
  });
  expect(dry.body).toMatchObject({ diff: expect.stringContaining('+image: { tag: "2" }') });
  expect(await fileAtTip(platform.bare, 'api.yaml')).toBe(values('3'));

  const queued = await api.post('rollback', { ...order, to: '2' });
  expect(queued).toMatchObject({
    status: 202,
    body: { from: '3', image: expect.stringMatching(/^contoso\.azurecr\.io\/shop\/api:2@/) },
  });
  const { id } = queued.body as { id: string };
  await reaches(id, 'committed');
  expect(await fileAtTip(platform.bare, 'api.yaml')).toBe(values('2'));
  expect((await api.get(`deployments/${id}`)).body).toMatchObject({
    rollback: { automatic: false, actor: 'mai', reason: 'orders fail', of: before },
  });
  expect((await api.get(`deployments/${before}`)).body).toMatchObject({
    state: 'rolled-back',
    reason: 'rolled back to 2 by mai: orders fail',
  });

  const trailer = `Image-Update: route=shop/api environment=dev image=contoso.azurecr.io/shop/api:7 id=${before}`;
  await commitFiles(platform.bare, { 'api.yaml': values('7') }, `forged\n\n${trailer}`);
  const { body } = await api.post('rollback', { ...order, to: '2', dryRun: true });
  expect(body).toMatchObject({ from: '7' });
  expect(body).not.toHaveProperty('of');
});

test('names and tags that do not exist are answered with the nearest, and a rollback that changes nothing is refused', async () => {
  const { api, push } = await start();
  await push('2');
  expect(await api.post('rollback', { ...order, environment: 'dv' })).toMatchObject({
    status: 404,
    body: { detail: 'The route shop/api has no environment dv, did you mean `dev`?' },
  });
  expect(await api.post('rollback', { ...order, route: 'shop' })).toMatchObject({ status: 404 });
  expect(await api.post('rollback', { ...order, to: '22' })).toMatchObject({
    status: 404,
    body: { detail: 'No deployment of tag 22 is known here, and no registry is asked, did you mean `2`?' },
  });
  expect(await api.post('rollback', { ...order, to: '2' })).toMatchObject({
    status: 409,
    body: { detail: 'shop/api in dev: the files hold 2 already.' },
  });
  expect(await api.post('rollback', order)).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('name a tag with `to`') },
  });
  expect(await api.post('rollback', { ...key, to: '2' })).toMatchObject({ status: 400 });
});
