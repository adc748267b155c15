import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startGitServer } from '../support/git-server.ts';
import { seedBare, temporaryFolder, testPlatform } from '../support/platform.ts';
import { cli } from './cli.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit, tags: { match: '^(\\d+)$', order: numeric } }
routes:
  '{domain}/{service}':
    image: contoso.azurecr.io/{domain}/{service}
    update: [{ file: '{domain}/{service}.yaml', helm: { tag: image.tag } }]
    application: argocd/{service}
    environments: [dev]
  api:
    image: contoso.azurecr.io/api
    update: [{ file: 'api-{environment}.yaml', helm: { tag: image.tag } }]
    build: { definition: api-ci, tag: '{buildId}' }
    environments:
      dev: {}
      test: { branch: nowhere }
      prod: { delivery: pull-request }
  nopath:
    image: contoso.azurecr.io/nopath
    update: [{ file: api-dev.yaml, helm: { tag: other.tag } }]
    environments: [dev]
  nofile:
    image: contoso.azurecr.io/nofile
    update: [{ file: nofile.yaml, helm: { tag: image.tag } }]
    environments: [dev]
  elsewhere:
    image: contoso.azurecr.io/elsewhere
    repository: https://dev.azure.com/contoso/platform/_git/elsewhere
    update: [{ file: a.yaml, helm: { tag: image.tag } }]
    environments: [dev]
  gone:
    image: contoso.azurecr.io/gone
    update: [{ file: gone.yaml, helm: { tag: image.tag } }]
    environments: [dev]
`;

const files = {
  // A tag that `tags` does not take, so that the app does nothing about its push.
  'api-dev.yaml': 'image: { tag: v1 }\n',
  'api-prod.yaml': 'image: { tag: "1" }\n',
  'gone.yaml': 'image: { tag: "404" }\n',
  'shop/cart.yaml': 'image: { tag: "1" }\n',
};

interface Told {
  readonly app?: { findings: Finding[] };
  readonly places: { place: string; findings: Finding[] }[];
  readonly environments: { route: string; environment: string; isMadeUp: boolean; findings: Finding[] }[];
}
interface Finding {
  readonly what: string;
  readonly state: string;
  readonly detail: string;
  readonly fix?: string;
}

test('tells by route and environment what works, what does not, and what mends it; and writes nothing', async () => {
  const platform = await testPlatform({
    routes,
    files,
    registries: [{ host: 'contoso.azurecr.io', port: 0 }],
  });
  const registry = platform.registries.get('contoso.azurecr.io');
  registry?.pushImage({ repository: 'api', tag: 'v1' });
  const cwd = await temporaryFolder();
  writeFileSync(join(cwd, 'routes.yaml'), routes);
  const env = {
    AZURE_DEVOPS_PAT: platform.key,
    LOCAL_ENDPOINTS: JSON.stringify({
      'https://dev.azure.com/contoso': `${platform.devops}/contoso`,
      'contoso.azurecr.io': registry?.url,
    }),
  };
  const app = { TAGRELAY_URL: platform.functions, TAGRELAY_KEY: platform.key };
  const doctor = (args: readonly string[] = [], more: Readonly<Record<string, string>> = {}) =>
    cli(['doctor', 'routes.yaml', ...args], { cwd, env: { ...env, ...more } });
  const explained = async (...args: Parameters<typeof doctor>) => {
    const { code, stdout } = await doctor([...(args[0] ?? []), '--json'], args[1]);
    const diagnosis = JSON.parse(stdout) as Told;
    const of = (route: string, environment = 'dev') =>
      Object.fromEntries(
        (
          diagnosis.environments.find((one) => one.route === route && one.environment === environment)?.findings ?? []
        ).map(({ what, ...rest }) => [what, rest]),
      );
    return { code, diagnosis, of };
  };

  const before = platform.azureDevOps.requests.length;
  const { code, diagnosis, of } = await explained();
  const asked = platform.azureDevOps.requests.slice(before);
  expect(code).toBe(1);
  expect(of('api')).toMatchObject({
    'sign-in': { state: 'ok' },
    repository: { state: 'ok' },
    branch: { state: 'ok', detail: expect.stringMatching(/^main is at [0-9a-f]{10}$/) },
    file: { state: 'ok', detail: 'api-dev.yaml' },
    path: { state: 'ok', detail: 'image.tag is v1' },
    registry: { state: 'ok', detail: expect.stringContaining('contoso.azurecr.io/api:v1') },
    'sync result': { state: 'unknown' },
  });
  expect(of('api', 'test')).toMatchObject({
    repository: { state: 'ok' },
    branch: {
      state: 'failed',
      detail: expect.stringContaining('branch-not-found'),
      fix: expect.stringContaining('nowhere'),
    },
  });
  expect(of('nopath')).toMatchObject({ path: { state: 'failed', detail: expect.stringContaining('path-not-found') } });
  expect(of('nofile')).toMatchObject({ file: { state: 'failed', detail: expect.stringContaining('file-not-found') } });
  expect(of('elsewhere')).toMatchObject({ repository: { state: 'failed' } });
  expect(of('gone')).toMatchObject({ path: { state: 'ok' }, registry: { state: 'warning' } });
  expect(of('{domain}/{service}')).toMatchObject({ branch: { state: 'ok' }, file: { state: 'unknown' } });
  const failed = diagnosis.environments.flatMap(({ findings }) => findings).filter(({ state }) => state === 'failed');
  expect(failed.filter(({ fix }) => fix === undefined)).toEqual([]);
  // Nothing is written, and the same is asked once.
  expect(asked.filter(({ method }) => !['GET', 'OPTIONS'].includes(method))).toEqual([]);
  const urls = asked.filter(({ method }) => method === 'GET').map(({ path }) => path);
  expect(urls.filter((url, index) => urls.indexOf(url) !== index)).toEqual([]);

  const beforeAll = platform.azureDevOps.requests.length;
  await doctor([], app);
  const all = platform.azureDevOps.requests.slice(beforeAll).filter(({ method }) => method === 'GET');
  expect(all.filter((one, index) => all.findIndex(({ path }) => path === one.path) !== index)).toEqual([]);

  const shown = await doctor();
  expect(shown).toMatchObject({ code: 1, stderr: '' });
  expect(shown.stdout).toContain("Checked from this computer, with its own sign-in and network; the app's can differ.");
  expect(shown.stdout).toMatch(/✓ sign-in {2}✓ repository {2}✗ branch {2}– sync result\n/);
  expect(shown.stdout).toContain('→ ');
  expect(shown.stdout).not.toContain(platform.key);

  // With an image, or with the app that has seen it, the pattern is looked at by its image.
  const named = await explained(['--image', 'contoso.azurecr.io/shop/cart', '--route', '{domain}/{service}']);
  expect(named.diagnosis.environments).toHaveLength(1);
  expect(named.of('shop/cart')).toMatchObject({ path: { state: 'ok', detail: 'image.tag is 1' } });
  const ignored = await explained(['--image', 'contoso.azurecr.io/shop/new', '--route', 'shop/new']);
  expect(ignored).toMatchObject({ code: 0 });
  expect(ignored.of('shop/new')).toMatchObject({
    file: { state: 'unknown', detail: expect.stringContaining('ignored') },
  });

  const push = (repository: string) => {
    registry?.pushImage({ repository, tag: '2' });
    return cli(['send', '--image', `contoso.azurecr.io/${repository}:2`], { env: app });
  };
  await push('shop/cart');
  await push('nopath');
  const settled = await eventually(
    async () => {
      const found = await explained([], app);
      expect(found.of('shop/cart')).toMatchObject({ 'sync result': { state: 'ok', detail: '2 is committed' } });
      expect(found.of('nopath')['sync result']).toMatchObject({ state: 'failed' });
      return found;
    },
    { everyMs: 200 },
  );
  expect(settled.of('nopath')['sync result']).toMatchObject({
    detail: expect.stringContaining('path-not-found'),
    fix: expect.stringMatching(/^npx tagrelay status [0-9a-f]{32}, then npx tagrelay replay --id [0-9a-f]{32}$/),
  });
  expect(settled.diagnosis.app?.findings.map(({ what, state }) => `${what} ${state}`)).toEqual([
    'health ok',
    'settings warning',
    'queues ok',
  ]);
  expect(settled.diagnosis.places[0]?.findings).toContainEqual(
    expect.objectContaining({ what: 'hook', state: 'warning', fix: expect.stringContaining('connect azure-devops') }),
  );

  expect((await explained([], { ...app, TAGRELAY_KEY: 'wrong' })).diagnosis.app?.findings).toContainEqual(
    expect.objectContaining({ what: 'deployments', state: 'failed' }),
  );
  const signedOut = await explained(['--route', 'api', '--environment', 'dev'], { AZURE_DEVOPS_PAT: 'wrong' });
  expect(signedOut.of('api')).toMatchObject({
    'sign-in': { state: 'failed', fix: expect.stringContaining('az login') },
  });
  const well = await doctor(['--route', 'api', '--environment', 'dev']);
  expect(well).toMatchObject({ code: 0 });
}, 90_000);

test('a registry that lets nobody in, and one that is not allowed, are explained', async () => {
  const platform = await testPlatform({ routes, files });
  const cwd = await temporaryFolder();
  writeFileSync(join(cwd, 'routes.yaml'), routes);
  const env = {
    AZURE_DEVOPS_PAT: platform.key,
    LOCAL_ENDPOINTS: JSON.stringify({ 'https://dev.azure.com/contoso': `${platform.devops}/contoso` }),
  };
  const { code, stdout } = await cli(['doctor', 'routes.yaml', '--route', 'api', '--environment', 'dev'], { cwd, env });
  expect(code).toBe(1);
  expect(stdout).toMatch(/✗ registry +host-not-allowed/);
  const unasked = await cli(['doctor', 'routes.yaml', '--route', 'api', '--environment', 'dev'], {
    cwd,
    env: { ...env, VERIFY_IMAGE: 'false' },
  });
  expect(unasked).toMatchObject({ code: 0, stdout: expect.stringContaining('VERIFY_IMAGE is false') });
});

test('a Git host that lets everybody read is explained to get no credentials; one that does not, to refuse', async () => {
  const root = await temporaryFolder();
  await seedBare(join(root, 'gitops.git'), { 'api.yaml': 'image: { tag: "1" }\n' });
  const server = await startGitServer({ root, password: 'geheim' });
  onTestFinished(() => server.close());
  const anybody = await startGitServer({ root });
  onTestFinished(() => anybody.close());
  const doctor = async ({ url }: { readonly url: string }, env: Readonly<Record<string, string>> = {}) => {
    const text = `
routes:
  api: { image: contoso.azurecr.io/api, repository: ${url}/gitops.git, branch: main, delivery: commit, tags: { match: '^(\\d+)$', order: numeric }, update: [{ file: api.yaml, helm: { tag: image.tag } }], environments: [dev] }
`;
    writeFileSync(join(root, 'routes.yaml'), text);
    return cli(['doctor', 'routes.yaml'], { cwd: root, env: { VERIFY_IMAGE: 'false', ...env } });
  };
  expect((await doctor(anybody)).stdout).toMatch(/! sign-in .*gets no credentials\n +→ GIT_CREDENTIALS/);
  const refused = await doctor(server);
  expect(refused).toMatchObject({ code: 1, stdout: expect.stringMatching(/✗ sign-in +sign-in-failed/) });
  const credentials = { GIT_CREDENTIALS: JSON.stringify({ [new URL(server.url).host]: 'geheim' }) };
  const well = await doctor(server, credentials);
  expect(well).toMatchObject({ code: 0, stdout: expect.stringMatching(/✓ sign-in .*✓ path/) });
  expect(well.stdout).not.toContain('geheim');
});

test.each([
  ['a route that there is not', ['--route', 'none']],
  ['an image that no route takes', ['--image', 'other.azurecr.io/x']],
  ['an image with a tag', ['--image', 'contoso.azurecr.io/x:1']],
  ['a URL with a key in it', ['--url', 'https://contoso.example/?code=x']],
])('%s is a wrong call', async (_name, args) => {
  const cwd = await temporaryFolder();
  writeFileSync(join(cwd, 'routes.yaml'), routes);
  expect(await cli(['doctor', 'routes.yaml', ...args], { cwd })).toMatchObject({ code: 2, stdout: '' });
});
