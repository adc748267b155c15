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
const query = `mark?route=${encodeURIComponent(key.route)}&environment=dev`;

async function start() {
  const platform = await testPlatform({ routes, files: { 'api.yaml': values('1') } });
  const api = appApi(platform);
  const push = async (tag: string, state: string) => {
    await platform.post(pushWebhook({ registry: 'contoso.azurecr.io', repository: 'shop/api', tag }, new Date()));
    const { id } = updateOf('shop/api', 'dev', 'shop/api', tag);
    await eventually(async () => expect((await api.get(`deployments/${id}`)).body).toMatchObject({ state }));
  };
  return { platform, api, push };
}

test('a name that is not well-formed or too long is a 400', async () => {
  const { api } = await start();
  const change = { environment: 'dev', clear: true, reason: 'x' };
  expect(await api.post('mark', { ...change, route: '\ud800' })).toMatchObject({ status: 400 });
  expect(await api.post('mark', { ...change, route: 'a'.repeat(501) })).toMatchObject({ status: 400 });
  expect(await api.post('mark', { ...change, route: 'ルート'.repeat(160) })).toMatchObject({ status: 200 });
});

test('a mark is shown, set and cleared, with its reasons, and pushes obey it', async () => {
  const { platform, api, push } = await start();
  expect(await api.get(query)).toEqual({ status: 200, body: { ...key, mark: null, history: [] } });
  await push('5', 'committed');
  expect((await api.get(query)).body).toMatchObject({ mark: { tag: '5', commit: expect.any(String) } });

  const set = await api.post('mark', { ...key, tag: '9', reason: 'freeze until Monday' });
  expect(set).toMatchObject({ status: 200, body: { before: { tag: '5' }, mark: { tag: '9' } } });
  await push('8', 'superseded');

  await commitFiles(platform.bare, { 'api.yaml': values('2') }, 'Revert');
  const cleared = await api.post('mark', { ...key, clear: true, reason: 'go back to 3 on purpose' });
  expect(cleared).toMatchObject({ status: 200, body: { before: { tag: '9' }, mark: null } });
  await push('3', 'committed');
  expect(await fileAtTip(platform.bare, 'api.yaml')).toBe(values('3'));
  expect((await api.get(query)).body).toMatchObject({
    mark: { tag: '3' },
    history: [
      { reason: 'go back to 3 on purpose', before: { tag: '9' } },
      { reason: 'freeze until Monday', before: { tag: '5' }, after: { tag: '9', reason: 'freeze until Monday' } },
    ],
  });
});

test('what is wrong with a mark is said, and nothing is changed', async () => {
  const { platform, api } = await start();
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  const wrong: readonly (readonly [object, number])[] = [
    [{ ...key, tag: '9' }, 400],
    [{ ...key, tag: '9', reason: '   ' }, 400],
    [{ ...key, reason: 'why' }, 400],
    [{ ...key, tag: '9', clear: true, reason: 'why' }, 400],
    [{ ...key, clear: true, digest: `sha256:${'0'.repeat(64)}`, reason: 'why' }, 400],
    [{ ...key, tag: 'main', reason: 'the order cannot compare it' }, 400],
    [{ ...key, tag: '9', pushedAt: inAnHour, reason: 'why' }, 400],
    [{ ...key, tag: '9', reason: 'why', forever: true }, 400],
    [{ ...key, route: 'shop', tag: '9', reason: 'why' }, 404],
    [{ ...key, environment: 'prod', tag: '9', reason: 'why' }, 404],
  ];
  for (const [body, status] of wrong)
    expect(await api.post('mark', body)).toMatchObject({ status, body: { status, detail: expect.any(String) } });
  for (const path of ['mark', 'mark?route=shop/api', `${query}&route=x`])
    expect((await api.get(path)).status).toBe(400);
  expect((await api.get('mark?route=nobody&environment=dev')).status).toBe(404);
  expect((await fetch(`${platform.functions}/api/${query}`)).status).toBe(401);
  expect(await api.get(query)).toEqual({ status: 200, body: { ...key, mark: null, history: [] } });
});
