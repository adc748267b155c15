import { expect, test } from 'vitest';
import { pushWebhook } from '../../local/webhook.ts';
import { appApi } from '../support/app-api.ts';
import { eventually } from '../support/eventually.ts';
import { testPlatform } from '../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  '{domain}/{service}':
    image: contoso.azurecr.io/{domain}/{service}
    update: [{ file: '{domain}/{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
  gateway:
    image: contoso.azurecr.io/gateway
    update: [{ file: 'gateway.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;

interface Answer {
  readonly environments: readonly { readonly route: string; readonly deployed?: { readonly tag: string } }[];
}

test('the environments of the routes are listed with their last deployment; an unchanged answer is not sent again', async () => {
  const platform = await testPlatform({ routes, files: { 'shop/api.yaml': 'image: { tag: "1" }\n' } });
  const api = appApi(platform);
  const get = (headers: Record<string, string> = {}) =>
    fetch(`${platform.functions}/api/environments`, { headers: { 'x-functions-key': platform.key, ...headers } });
  expect(await (await get()).json()).toEqual({
    environments: [
      { route: 'gateway', environment: 'dev', image: 'contoso.azurecr.io/gateway', queued: 0, configured: true },
    ],
  });
  const event = pushWebhook({ registry: 'contoso.azurecr.io', repository: 'shop/api', tag: '2' }, new Date());
  await platform.post(event);
  const { environments } = await eventually(async () => {
    const { body } = await api.get('environments');
    expect(body).toMatchObject({ environments: [{}, { deployed: { state: 'committed' } }] });
    return body as Answer;
  });
  expect(environments[1]).toMatchObject({
    route: 'shop/api',
    environment: 'dev',
    image: 'contoso.azurecr.io/shop/api',
    deployed: { tag: '2', commit: expect.stringMatching(/^[0-9a-f]{40}$/), cause: { kind: 'push' } },
    queued: 0,
    configured: true,
  });

  const first = await get();
  const etag = first.headers.get('etag') ?? '';
  expect(etag).toMatch(/^"[\w-]+"$/);
  await first.arrayBuffer();
  for (const known of [etag, `"x", W/${etag}`]) {
    const again = await get({ 'if-none-match': known });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
  }
  expect((await get({ 'if-none-match': '"x"' })).status).toBe(200);
  expect((await api.get('environments?colour=red')).status).toBe(400);
  expect((await fetch(`${platform.functions}/api/environments`)).status).toBe(401);
});
