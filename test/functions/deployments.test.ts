import { expect, test } from 'vitest';
import { pushWebhook } from '../../local/webhook.ts';
import { appApi, updateOf } from '../support/app-api.ts';
import { eventually } from '../support/eventually.ts';
import { testPlatform } from '../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;
const file = 'image: { tag: "1" }\n';

test('deployments are listed by pages, filtered, and shown one by one', async () => {
  const platform = await testPlatform({ routes, files: { 'api.yaml': file, 'web.yaml': file } });
  const api = appApi(platform);
  const push = async (repository: string, tag: string) => {
    const event = pushWebhook({ registry: 'contoso.azurecr.io', repository, tag }, new Date());
    await platform.post(event);
    const { id } = updateOf(repository, 'dev', repository, tag);
    return eventually(async () => {
      const { body } = await api.get(`deployments/${id}`);
      expect(body).toMatchObject({ state: 'committed' });
      return body as { readonly id: string; readonly commit: string };
    });
  };
  const first = await push('api', '2');
  const second = await push('web', '3');
  const third = await push('api', '4');
  const ids = async (query: string) => {
    const { status, body } = await api.get(`deployments${query}`);
    expect(status).toBe(200);
    return (body as { deployments: { id: string }[] }).deployments.map(({ id }) => id);
  };

  expect(first).toMatchObject({
    route: 'api',
    environment: 'dev',
    tag: '2',
    image: expect.stringMatching(/^contoso\.azurecr\.io\/api:2@sha256:/),
    states: [{ state: 'queued' }, { state: 'committed' }],
    branch: 'main',
    previous: '1',
  });
  // As the portal's "Get function URL" has the key.
  const endpoints = [
    'deployments?limit=1&',
    `deployments/${first.id}?`,
    'environments?',
    'missed-pushes?',
    'metrics?',
    'audit?',
    'freezes?',
    'mark?route=api&environment=dev&',
    'health/details?',
  ];
  for (const endpoint of endpoints) {
    const answer = await fetch(`${platform.functions}/api/${endpoint}code=${platform.key}`);
    expect(`${endpoint} ${answer.status}`).toBe(`${endpoint} 200`);
  }
  const changing = ['mark', 'replay', 'rebuild', 'promote', 'rollback', 'freezes', 'gates'];
  for (const endpoint of ['webhooks/acr', 'webhooks/azure-devops', 'webhooks/argocd', ...changing]) {
    const answer = await fetch(`${platform.functions}/api/${endpoint}?code=${platform.key}`, {
      method: 'POST',
      body: '{',
    });
    expect(`${endpoint} ${answer.status}`).toBe(`${endpoint} 400`);
  }
  const lifted = await fetch(`${platform.functions}/api/freezes?code=${platform.key}`, { method: 'DELETE', body: '{' });
  expect(lifted.status).toBe(400);
  expect(await ids('')).toEqual([third.id, second.id, first.id]);
  expect(await ids('?route=api')).toEqual([third.id, first.id]);
  expect(await ids('?tag=3&environment=dev')).toEqual([second.id]);
  expect(await ids('?image=contoso.azurecr.io/web&state=committed')).toEqual([second.id]);
  expect(await ids(`?commit=${first.commit}`)).toEqual([first.id]);
  expect(await ids('?state=rejected')).toEqual([]);

  const page = (await api.get('deployments?limit=2')).body as { next: string };
  expect(await ids(`?limit=2&after=${page.next}`)).toEqual([first.id]);

  for (const wrong of [
    '?limit=0',
    '?limit=201',
    '?state=fine',
    '?tag=a b',
    '?commit=abc',
    '?after=x',
    '?colour=red',
    '?tag=1&tag=2',
    '?image=a:b:c',
  ]) {
    expect(await api.get(`deployments${wrong}`)).toMatchObject({ status: 400, body: { title: expect.any(String) } });
  }
  expect((await api.get(`deployments/${'0'.repeat(32)}`)).status).toBe(404);
  expect((await api.get('deployments/..%2f')).status).toBe(404);
  expect(await api.get(`deployments/${first.id.slice(0, 12).toUpperCase()}`)).toMatchObject({
    status: 200,
    body: { id: first.id },
  });
  expect((await fetch(`${platform.functions}/api/deployments`)).status).toBe(401);
});

test('what is observed is recorded as a diff, which lists leave out and the log cuts', async () => {
  const platform = await testPlatform({
    routes: routes.replace('helm: { tag: image.tag }', 'manifest: {}').replace('delivery: commit', 'delivery: observe'),
    files: { 'api.yaml': manifests(400) },
  });
  const api = appApi(platform);
  await platform.post(pushWebhook({ registry: 'contoso.azurecr.io', repository: 'api', tag: '2' }, new Date()));
  const { id } = updateOf('api', 'dev', 'api', '2');
  const shown = await eventually(async () => {
    const { body } = await api.get(`deployments/${id}`);
    expect(body).toMatchObject({ state: 'queued', diff: expect.any(String) });
    return body as { readonly diff: string; readonly changes: string };
  });
  expect(shown.diff).toMatch(/^--- a\/api\.yaml\n\+\+\+ b\/api\.yaml\n@@/);
  expect(shown.diff).toContain('-      - { name: api, image: "contoso.azurecr.io/api:1" }\n');
  expect(shown.diff).toContain('+      - { name: api, image: "contoso.azurecr.io/api:2" }\n');
  expect(shown.diff).toMatch(/\n# \d+ more lines are left out\.\n$/);
  expect(shown.diff.length).toBeLessThan(20_100);
  expect(shown.changes.length).toBeLessThan(4_100);
  const { body } = await api.get('deployments');
  expect(JSON.stringify(body)).not.toContain('"diff"');
  const line = platform.lines.find(({ event }) => event === 'observed');
  expect(line?.fields['diff']).toContain('--- a/api.yaml');
  expect(line?.fields['diff']?.length).toBeLessThan(600);
});

/** Pods of one image, in one file. */
function manifests(count: number): string {
  return Array.from({ length: count }, (_, index) =>
    [
      'apiVersion: v1',
      'kind: Pod',
      `metadata: { name: p${index} }`,
      'spec:',
      '  containers:',
      '      - { name: api, image: "contoso.azurecr.io/api:1" }',
      '',
    ].join('\n'),
  ).join('---\n');
}
