import { expect, test } from 'vitest';
import { pushWebhook } from '../../local/webhook.ts';
import { cli } from '../cli/cli.ts';
import { appApi } from '../support/app-api.ts';
import { eventually } from '../support/eventually.ts';
import { testPlatform } from '../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  gateway:
    image: contoso.azurecr.io/edge/gateway
    update: [{ file: 'gateway.yaml', helm: { tag: image.tag } }]
    environments: [dev]
  '{domain}/{service}':
    image: contoso.azurecr.io/{domain}/{service}
    update: [{ file: '{domain}/{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;

test('a push that changes nothing is kept with its reason and the most similar route; status --image shows it', async () => {
  const platform = await testPlatform({ routes, files: { 'gateway.yaml': 'image: { tag: "1" }\n' } });
  const api = appApi(platform);
  const push = (repository: string, tag: string) =>
    platform.post(pushWebhook({ registry: 'contoso.azurecr.io', repository, tag }, new Date()));
  await push('gatewya', '7');
  await push('edge/gateway', 'latest');
  await push('shop/api', '5');
  await push('edge/gateway', '2');
  const pushes = await eventually(async () => {
    const { body } = await api.get('missed-pushes');
    const { pushes: found } = body as { readonly pushes: readonly { readonly kind: string }[] };
    expect(found).toHaveLength(3);
    return found;
  });
  const of = (kind: string) => pushes.find((one) => one.kind === kind);
  expect(of('no-route')).toMatchObject({
    image: 'contoso.azurecr.io/gatewya',
    tag: '7',
    nearest: 'contoso.azurecr.io/edge/gateway',
  });
  expect(of('not-taken')).toMatchObject({
    tag: 'latest',
    route: 'gateway',
    environment: 'dev',
    reason: expect.any(String),
  });
  expect(of('ignored')).toMatchObject({ image: 'contoso.azurecr.io/shop/api', route: 'shop/api', environment: 'dev' });

  // The newer push of the same image and environment takes the place of the older one.
  await push('gatewya', '8');
  await eventually(async () => {
    const { body } = await api.get('missed-pushes?image=contoso.azurecr.io/gatewya');
    expect(body).toMatchObject({ pushes: [{ tag: '8' }] });
  });
  const args = ['status', '--image', 'contoso.azurecr.io/gatewya', '--url', platform.functions, '--key', platform.key];
  const { stdout } = await cli(args);
  expect(stdout).toContain('Pushes that changed nothing:');
  expect(stdout).toContain('contoso.azurecr.io/gatewya:8, no-route\n');
  expect(stdout.replace(/\s+/g, ' ')).toContain('no route has this image; nearest: contoso.azurecr.io/edge/gateway');
  const all = await cli(['status', '--url', platform.functions, '--key', platform.key]);
  expect(all.stdout).toContain('  shop/api 5, ignored in dev\n');
  expect(all.stdout).toMatch(/ {2}gateway latest, not taken in dev\n {15}\S/);
  expect((await api.get('missed-pushes?image=a:b:c')).status).toBe(400);
});
