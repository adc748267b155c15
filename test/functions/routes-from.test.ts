import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appApi } from '../support/app-api.ts';
import { eventually } from '../support/eventually.ts';
import { commitCount, fileAtTip, temporaryFolder, testPlatform } from '../support/platform.ts';
import { pushWebhook } from '../../local/webhook.ts';
import { cli } from '../cli/cli.ts';

const collection = 'https://dev.azure.com/contoso';
const gitops = `${collection}/platform/_git/gitops`;
const from = `
- repository: ${gitops}
  path: teams/{team}/routes.yaml
  allow: [{ images: ['contoso.azurecr.io/{team}/**'], repositories: ['${gitops}'], paths: ['apps/{team}/**'] }]
`;

function routes(team: string, services: readonly string[]): string {
  const written = services.map(
    (service) => `
  ${team}/${service}:
    image: contoso.azurecr.io/${team}/${service}
    repository: ${gitops}
    update: [{ file: apps/${team}/${service}.yaml, helm: { tag: image.tag } }]
    environments: { dev: { delivery: commit, tags: { match: '^\\d+$', order: numeric } } }`,
  );
  return `routes:${written.join('')}\n`;
}

/** An app whose routes are in the repository that it commits to. */
async function bench(files: Readonly<Record<string, string>>, more = '') {
  const platform = await testPlatform({ routes: '', files, settings: { ROUTES_FROM: from + more } });
  const headers = { authorization: `Basic ${btoa(`:${platform.key}`)}`, 'content-type': 'application/json' };
  const repository = `${platform.devops}/contoso/platform/_apis/git/repositories/gitops`;
  const ask = async (path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const method = body === undefined ? 'GET' : 'POST';
    const url = `${repository}/${path}${path.includes('?') ? '&' : '?'}api-version=7.1`;
    const answer = await fetch(url, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
    expect(answer.ok).toBe(true);
    return (await answer.json()) as Record<string, unknown>;
  };
  const tip = async (): Promise<string> => {
    const { value } = (await ask('refs?filter=heads/main')) as { value: { objectId: string }[] };
    return value[0]?.objectId ?? '';
  };
  /** A push through the server, as a team makes it; the id of its commit. */
  const push = async (path: string, content: string, changeType = 'edit'): Promise<string> => {
    const newContent = { content, contentType: 'rawtext' };
    const changes = [{ changeType, item: { path: `/${path}` }, newContent }];
    await ask('pushes', {
      refUpdates: [{ name: 'refs/heads/main', oldObjectId: await tip() }],
      commits: [{ comment: 'routes', changes }],
    });
    return tip();
  };
  const connect = async (): Promise<void> => {
    const cwd = await temporaryFolder();
    writeFileSync(join(cwd, 'none.yaml'), 'routes: {}\n');
    const env = {
      AZURE_DEVOPS_PAT: platform.key,
      LOCAL_ENDPOINTS: JSON.stringify({ [collection]: `${platform.devops}/contoso` }),
      ROUTES_FROM: from,
      TAGRELAY_URL: platform.functions,
      TAGRELAY_KEY: platform.key,
    };
    const { code, stdout } = await cli(['connect', 'azure-devops', 'none.yaml'], { cwd, env });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/created +git\.push +platform\/gitops/),
    });
  };
  const statuses = async (commit: string): Promise<unknown> => (await ask(`commits/${commit}/statuses`))['value'];
  const logged = (event: string, fields: Readonly<Record<string, string>> = {}) => {
    const line = expect.objectContaining({ event, fields: expect.objectContaining(fields) });
    return eventually(() => expect(platform.lines).toContainEqual(line));
  };
  return { ...platform, api: appApi(platform), push, connect, statuses, logged };
}

test('a team changes its routes by a push, and the service hook puts them in force at once', async () => {
  const values = 'image: { tag: "1" }\n';
  const { bare, post, push, connect, statuses, logged } = await bench({
    'teams/shop/routes.yaml': routes('shop', ['cart']),
    'apps/shop/cart.yaml': values,
    'apps/shop/pay.yaml': values,
  });
  await post(pushWebhook({ registry: 'contoso.azurecr.io', repository: 'shop/cart', tag: '2' }, new Date()));
  await logged('committed', { route: 'shop/cart', tag: '2' });
  await connect();
  const commit = await push('teams/shop/routes.yaml', routes('shop', ['cart', 'pay']));
  await logged('routes-read');
  await post(pushWebhook({ registry: 'contoso.azurecr.io', repository: 'shop/pay', tag: '7' }, new Date()));
  await logged('committed', { route: 'shop/pay', tag: '7' });
  expect(await fileAtTip(bare, 'apps/shop/pay.yaml')).toBe('image: { tag: "7" }\n');
  expect(await commitCount(bare)).toBe(4);
  expect(await statuses(commit)).toMatchObject([
    {
      state: 'succeeded',
      context: { genre: 'tagrelay', name: 'routes' },
      description: '2 routes: 1 added (shop/pay)',
    },
  ]);
});

test('status --routes and health name the commit in force of each document, and the errors of a bad one', async () => {
  const { functions, key, push, connect, statuses, logged } = await bench({
    'teams/hr/routes.yaml': routes('hr', ['time']),
    'teams/shop/routes.yaml': routes('shop', ['cart']),
  });
  await connect();
  const env = { TAGRELAY_URL: functions, TAGRELAY_KEY: key };
  const good = await eventually(async () => {
    const shown = await cli(['status', '--routes'], { env });
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringMatching(/✓ teams\/shop\/routes\.yaml +in force/) });
    return /in force: ([0-9a-f]{10})$/m.exec(shown.stdout)?.[1] ?? '';
  });
  const bad = await push('teams/shop/routes.yaml', routes('shop', ['cart']).replace('image:', 'imgae:'));
  await logged('routes-refused', { bad });
  const { stdout } = await eventually(async () => {
    const shown = await cli(['status', '--routes'], { env });
    expect(shown.code).toBe(1);
    return shown;
  });
  expect(stdout).toMatch(/^routes last-good [0-9a-f]{10}\n/);
  expect(stdout).toContain(`${gitops} main at ${bad.slice(0, 10)}\n`);
  expect(stdout).toContain(`  ✓ teams/hr/routes.yaml    in force: ${good}\n`);
  expect(stdout).toContain(
    `  ✗ teams/shop/routes.yaml  in force: ${good}; errors in ${bad.slice(0, 10)}:\n      3:5  error`,
  );
  expect(stdout.split('did you mean `image`')).toHaveLength(2);
  // The newest first.
  expect(await statuses(bad)).toMatchObject([
    {
      state: 'failed',
      context: { genre: 'tagrelay', name: 'routes-2' },
      description: expect.stringContaining(':3:5 '),
    },
    { state: 'failed', context: { genre: 'tagrelay', name: 'routes' }, description: expect.stringContaining(':3:5 ') },
  ]);
  const details = await fetch(`${functions}/api/health/details`, { headers: { 'x-functions-key': key } });
  expect(await details.json()).toMatchObject({
    status: 'degraded',
    routes: {
      state: 'last-good',
      repositories: [{ repository: gitops, tip: bad, documents: [{}, { state: 'last-good', badCommit: bad }] }],
    },
  });
  // The anonymous report names no repository.
  const brief = await (await fetch(`${functions}/api/health`)).text();
  expect(JSON.parse(brief)).toMatchObject({ status: 'degraded', routes: { state: 'last-good' } });
  expect(brief).not.toContain('_git');
  expect((await cli(['status', '--routes', '--tag', '1'], { env })).code).toBe(2);
});

test('an update that a freeze holds ends as route-gone when its route is renamed', async () => {
  const values = 'image: { tag: "1" }\n';
  const { api, post, push, connect, logged, bare } = await bench({
    'teams/shop/routes.yaml': routes('shop', ['cart', 'pay']),
    'apps/shop/cart.yaml': values,
    'apps/shop/pay.yaml': values,
  });
  await connect();
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const freeze = { environment: 'dev', actor: 'ada', reason: 'stocktaking', until };
  expect(await api.post('freezes', freeze)).toMatchObject({ status: 200 });
  for (const service of ['cart', 'pay'])
    await post(pushWebhook({ registry: 'contoso.azurecr.io', repository: `shop/${service}`, tag: '2' }, new Date()));
  await logged('held', { route: 'shop/cart' });
  await logged('held', { route: 'shop/pay' });
  const renamed = routes('shop', ['cart', 'pay']).replace('  shop/cart:', '  shop/basket:');
  await push('teams/shop/routes.yaml', renamed);
  await logged('rejected', { route: 'shop/cart', code: 'route-gone' });
  await eventually(async () => {
    const { body } = await api.get('deployments');
    expect(body).toMatchObject({
      deployments: expect.arrayContaining([
        expect.objectContaining({ route: 'shop/cart', state: 'rejected', code: 'route-gone' }),
        expect.objectContaining({ route: 'shop/pay', state: 'queued' }),
      ]),
    });
  });
  expect(await fileAtTip(bare, 'apps/shop/cart.yaml')).toBe(values);
});

test('an image without a route waits while another repository was never read', async () => {
  const values = 'image: { tag: "1" }\n';
  const files = { 'teams/shop/routes.yaml': routes('shop', ['cart']), 'apps/shop/cart.yaml': values };
  const { post, logged, bare } = await bench(
    files,
    `- { repository: '${collection}/platform/_git/none', path: '*.yaml' }\n`,
  );
  await post(pushWebhook({ registry: 'contoso.azurecr.io', repository: 'hr/time', tag: '2' }, new Date()));
  await post(pushWebhook({ registry: 'contoso.azurecr.io', repository: 'shop/cart', tag: '2' }, new Date()));
  await logged('rescheduled', { kind: 'registry-event', code: 'routes-invalid' });
  await logged('committed', { route: 'shop/cart', tag: '2' });
  expect(await fileAtTip(bare, 'apps/shop/cart.yaml')).toBe('image: { tag: "2" }\n');
});
