import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startArgoCd } from '../../local/argocd/argocd.ts';
import { addFile, call, editFile, push, startEmulator, token, zero } from '../local/devops/emulator.ts';
import type { Emulator } from '../local/devops/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { seedBare, temporaryFolder, testPlatform } from '../support/platform.ts';
import { cli } from './cli.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main }
environments:
  dev: { tags: { match: '^(\\d+)$', order: numeric }, delivery: commit }
  prod: { tags: { match: '^v(\\d+)$', order: numeric }, delivery: pull-request }
routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: 'api-{environment}.yaml', helm: { tag: image.tag } }]
    build: { definition: api-ci, tag: '{buildId}' }
    environments: [dev, prod]
`;
const app = 'https://contoso-tagrelay.example';
const hooked = `${app}/api/webhooks/azure-devops`;

interface Listed {
  readonly value: readonly Readonly<Record<string, unknown>>[];
}

/** An emulator of the organization contoso, and the command line on routes for it. */
async function setUp({
  text = routes,
  ...options
}: Partial<Parameters<typeof startEmulator>[0] & { text: string }> = {}) {
  const emulator = await startEmulator(options);
  const cwd = await temporaryFolder();
  writeFileSync(join(cwd, 'routes.yaml'), text);
  const env = {
    AZURE_DEVOPS_PAT: token,
    LOCAL_ENDPOINTS: JSON.stringify({ 'https://dev.azure.com/contoso': emulator.organization }),
    TAGRELAY_URL: app,
    TAGRELAY_KEY: 'first-key',
  };
  return {
    emulator,
    connect: (args: readonly string[] = [], more: Readonly<Record<string, string>> = {}) =>
      cli(['connect', 'azure-devops', 'routes.yaml', ...args], { cwd, env: { ...env, ...more } }),
    subscriptions: async () => {
      const { body } = await call(`${emulator.organization}/_apis/hooks/subscriptions`);
      return (body as unknown as Listed).value;
    },
  };
}

/** What was done about each event, as JSON tells it. */
function done(stdout: string): readonly string[] {
  const { collections } = JSON.parse(stdout) as {
    collections: { hooks: { event: string; place: string; done: string }[] }[];
  };
  return collections.flatMap(({ hooks }) => hooks.map((one) => `${one.done} ${one.event} ${one.place}`));
}

test('the app takes what the hooks send', async () => {
  const platform = await testPlatform({ routes, files: { 'api-dev.yaml': 'image: { tag: "1" }\n' } });
  const cwd = await temporaryFolder();
  writeFileSync(join(cwd, 'routes.yaml'), routes);
  const { code, stdout } = await cli(['connect', 'azure-devops', 'routes.yaml'], {
    cwd,
    env: {
      AZURE_DEVOPS_PAT: platform.key,
      LOCAL_ENDPOINTS: JSON.stringify({ 'https://dev.azure.com/contoso': `${platform.devops}/contoso` }),
      TAGRELAY_URL: platform.functions,
      TAGRELAY_KEY: platform.key,
    },
  });
  expect({ code, keys: stdout.includes(platform.key) }).toEqual({ code: 0, keys: false });
  const { builds } = platform.azureDevOps;
  builds.start({
    organization: 'contoso',
    project: 'platform',
    id: 7,
    definition: { id: 1, name: 'api-ci' },
    repository: { id: 'x', type: 'TfsGit', name: 'api', url: 'https://x.example' },
    sourceVersion: 'a'.repeat(40),
  });
  builds.finish(7, 'succeeded');
  const queued = expect.objectContaining({ event: 'event-queued', fields: expect.objectContaining({ kind: 'build' }) });
  await eventually(() => expect(platform.lines).toContainEqual(queued));
});

const values = (tag: string) => `image: { repository: contoso.azurecr.io/api, tag: "${tag}" }\n`;

/** An Argo CD that deploys the repository of the emulator, and compares only when it hears of a push. */
async function startListening(emulator: Emulator, webhookLogin?: string) {
  const tip = await push(emulator, zero, [addFile('/values.yaml', values('1'))]);
  const url = `${emulator.organization}/platform/_git/gitops`;
  const refreshed: string[] = [];
  const argocd = await startArgoCd({
    applications: [{ name: 'api-dev', sources: [{ repoURL: url, targetRevision: 'main', path: '.' }] }],
    repositories: { [url]: emulator.directory },
    token: 'admin-token',
    pace: { pollMs: 600_000, resyncMs: 600_000 },
    log: () => undefined,
    ...(webhookLogin !== undefined && { webhookLogin }),
    onRefresh: (name) => refreshed.push(name),
  });
  onTestFinished(() => argocd.close());
  return {
    url: argocd.url,
    refreshed,
    pushAgain: () => push(emulator, tip, [editFile('/values.yaml', values('2'))]),
  };
}

test('--argocd: Argo CD hears of each push of the GitOps repository', async () => {
  const { connect, emulator, subscriptions } = await setUp();
  const argocd = await startListening(emulator);
  const args = ['--argocd', `${argocd.url}/`];
  expect(done((await connect([...args, '--json'])).stdout)).toContain('created git.push platform/gitops');
  await argocd.pushAgain();
  await eventually(() => expect(argocd.refreshed).toEqual(['argocd/api-dev']));
  const { code, stdout } = await connect(args);
  expect(code).toBe(0);
  expect(stdout).toContain(`unchanged   git.push  platform/gitops  ${argocd.url}/api/webhook`);
  expect(stdout).toContain('Argo CD refreshes every application of the repository at each push');
  expect(stdout).toContain('The receiver takes events of any sender');
  const made = await subscriptions();
  expect(made.filter(({ eventType }) => eventType === 'git.push')).toEqual([
    expect.objectContaining({
      consumerInputs: expect.objectContaining({ url: `${argocd.url}/api/webhook`, resourceDetailsToSend: 'all' }),
    }),
  ]);
});

test('--argocd: the receiver gets its user and password, and a new password is noticed', async () => {
  const { connect, emulator } = await setUp();
  const argocd = await startListening(emulator, 'tagrelay:second');
  const connectWith = (password: string) =>
    connect(['--argocd', argocd.url], { ARGOCD_WEBHOOK_USERNAME: 'tagrelay', ARGOCD_WEBHOOK_PASSWORD: password });
  await connectWith('first');
  const changed = await connectWith('second');
  expect(changed.stdout).toMatch(/updated +git\.push .*\(key\)/);
  expect(changed.stdout).not.toMatch(/first|second|takes events of any sender/);
  expect((await connectWith('second')).stdout).toMatch(/unchanged +git\.push/);
  await argocd.pushAgain();
  await eventually(() => expect(argocd.refreshed).toEqual(['argocd/api-dev']));
});

test('--argocd: subscriptions of others, other Git hosts and wrong options', async () => {
  const text = `${routes}  web:
    image: contoso.azurecr.io/web
    repository: https://github.com/contoso/gitops
    update: [{ file: 'web-{environment}.yaml', helm: { tag: image.tag } }]
    application: weu/argocd/web
    environments: [dev]
`;
  const { connect, emulator } = await setUp({ text });
  const url = 'https://argocd.contoso.example';
  await call(`${emulator.organization}/_apis/hooks/subscriptions`, {
    publisherId: 'tfs',
    eventType: 'git.push',
    resourceVersion: '1.0',
    consumerId: 'webHooks',
    consumerActionId: 'httpRequest',
    publisherInputs: {},
    consumerInputs: { url: `${url}/api/webhook` },
  });
  const { stdout } = await connect(['--dry-run', '--argocd', url]);
  expect(stdout).not.toContain('not needed');
  expect(stdout).toContain('web dev: https://github.com/contoso/gitops is not on Azure Repos');
  const ofInstance = await connect(['--dry-run', '--json', '--argocd', url, '--instance', 'weu']);
  expect(done(ofInstance.stdout).filter((one) => one.includes('git.push'))).toEqual([]);
  for (const wrong of [
    ['--argocd', 'http://argocd.contoso.example'],
    ['--instance', 'weu'],
  ])
    expect((await connect(wrong)).code).toBe(2);
  expect((await connect(['--argocd', url], { ARGOCD_WEBHOOK_USERNAME: 'x' })).code).toBe(2);
});

test('is idempotent, shows what a dry run would do, and knows a new key without seeing the old one', async () => {
  const { connect, subscriptions } = await setUp();
  const events = [
    'build.complete platform',
    'git.pullrequest.updated platform/gitops',
    'git.pullrequest.merged platform/gitops',
  ];
  const dry = await connect(['--dry-run', '--json']);
  expect(dry.code).toBe(0);
  expect(done(dry.stdout).toSorted()).toEqual(events.map((one) => `create ${one}`).toSorted());
  expect(await subscriptions()).toEqual([]);

  expect(done((await connect(['--json'])).stdout).toSorted()).toEqual(events.map((one) => `created ${one}`).toSorted());
  const made = await subscriptions();
  expect(made).toHaveLength(3);
  expect(made).toContainEqual(
    expect.objectContaining({
      publisherId: 'tfs',
      eventType: 'build.complete',
      resourceVersion: '2.0',
      consumerInputs: expect.objectContaining({ url: expect.stringMatching(`^${hooked}\\?key-id=[0-9a-f]{8}$`) }),
      publisherInputs: { projectId: expect.stringMatching(/^[0-9a-f-]{36}$/), buildStatus: 'Succeeded' },
    }),
  );

  expect(done((await connect(['--json'])).stdout)).toEqual(events.map((one) => `unchanged ${one}`));
  const other = { TAGRELAY_KEY: 'second-key' };
  const explained = await connect(['--dry-run'], other);
  expect(explained.stdout).toMatch(/update +build\.complete {2}platform \(key\)/);
  expect(`${explained.stdout}${explained.stderr}`).not.toMatch(/first-key|second-key/);
  expect(done((await connect(['--json'], other)).stdout)).toEqual(events.map((one) => `updated ${one}`));
  expect(done((await connect(['--json'], other)).stdout)).toEqual(events.map((one) => `unchanged ${one}`));
  expect((await subscriptions()).map(({ id }) => id)).toEqual(made.map(({ id }) => id));
});

test('takes over one made by hand, leaves what a person has switched off, and what others have', async () => {
  const { connect, subscriptions, emulator } = await setUp();
  const hooks = `${emulator.organization}/_apis/hooks/subscriptions`;
  await connect();
  const [build, updated] = await subscriptions();
  // As a person makes it in the portal: no query, all details.
  const byHand = { url: hooked, httpHeaders: 'x-functions-key:first-key', resourceDetailsToSend: 'all' };
  await call(`${hooks}/${String(build?.['id'])}`, { ...build, consumerInputs: byHand }, { method: 'PUT' });
  await call(`${hooks}/${String(updated?.['id'])}`, { ...updated, status: 'disabledByUser' }, { method: 'PUT' });
  const others = { url: 'https://other.example/hook', httpHeaders: 'a:b' };
  await call(hooks, { ...build, consumerInputs: others });
  await call(hooks, { ...build, eventType: 'git.push', consumerInputs: byHand });

  const { code, stdout } = await connect();
  expect(code).toBe(0);
  expect(stdout).toMatch(/updated +build\.complete .*\(resourceDetailsToSend, .*key\)/);
  expect(stdout).toMatch(/disabled +git\.pullrequest\.updated/);
  expect(stdout).toMatch(/not needed +git\.push/);
  expect(stdout).not.toContain('other.example');
  expect(await subscriptions()).toHaveLength(5);
});

test('a pattern whose projects follow from the image asks for images, or projects', async () => {
  const text = `
defaults: { branch: main, delivery: pull-request, tags: { match: '^(\\d+)$', order: numeric } }
routes:
  '{domain}/{service}':
    image: contoso.azurecr.io/{domain}/{service}
    repository: https://dev.azure.com/contoso/{domain}/_git/gitops
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    build: { repository: 'https://dev.azure.com/contoso/{domain}/_git/{service}', tag: '{buildId}' }
    environments: [dev]
  'lib/{name}':
    image: contoso.azurecr.io/lib/{name}
    repository: https://dev.azure.com/contoso/platform/_git/gitops
    update: [{ file: '{name}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;
  const { connect } = await setUp({ text });
  const { stdout } = await connect(['--dry-run']);
  expect(stdout).toContain('{domain}/{service} dev: its repository follows from the image');
  expect(stdout).toContain('{domain}/{service} dev: the project of its builds is not known');
  // What does not follow from the image is known without one.
  expect(stdout).toMatch(/create +git\.pullrequest\.updated {2}platform\/gitops/);
  const named = await connect(['--dry-run', '--json', '--image', 'contoso.azurecr.io/platform/api']);
  expect(done(named.stdout)).toContain('create build.complete platform');
  const project = await connect([
    '--dry-run',
    '--stages',
    '--json',
    '--project',
    'https://dev.azure.com/contoso/platform',
  ]);
  expect(done(project.stdout)).toContain('create ms.vss-pipelines.stage-state-changed-event platform');
  expect((await connect(['--project', 'https://dev.azure.com/fabrikam/x'])).code).toBe(2);
});

test('prints what the identity needs', async () => {
  const { connect } = await setUp();
  const { stdout } = await connect(['--dry-run']);
  for (const text of ['access level Basic', 'Contribute to pull requests', 'Edit build quality', 'Create branch'])
    expect(stdout).toContain(text);
  // Nothing was pushed yet.
  expect((await connect(['--dry-run', '--verify'])).stdout).toMatch(/✗ branch +branch-not-found/);
});

test('--verify asks what is granted and what the branch wants, without writing', async () => {
  const git = '2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87';
  const gitops = { organization: 'contoso', project: 'platform', name: 'gitops', policies: [{ branch: 'main' }] };
  const directory = join(await temporaryFolder(), 'gitops.git');
  await seedBare(directory, { 'api-dev.yaml': '' });
  const verify = async (denied: readonly number[], policies = gitops.policies) => {
    const { connect, emulator } = await setUp({
      repositories: [{ ...gitops, policies, directory }],
      denied: denied.map((permission) => ({ namespaceId: git, permission })),
    });
    const before = emulator.requests.length;
    const explained = await connect(['--dry-run', '--verify']);
    const methods = emulator.requests.slice(before).map(({ method }) => method);
    expect(methods.filter((method) => !['GET', 'OPTIONS'].includes(method))).toEqual([]);
    return explained;
  };
  const { code, stdout } = await verify([16_384, 128]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/✓ sign-in +as \S/);
  expect(stdout).toMatch(/✓ Create branch +granted/);
  expect(stdout).toMatch(/✗ Contribute to pull requests +is not granted/);
  expect(stdout).toMatch(/✗ policies +main changes by pull requests only \(Minimum number of reviewers\)/);
  expect(stdout).toMatch(/→ delivery: pull-request, or Bypass/);
  const bypassing = await verify([]);
  expect(bypassing).toMatchObject({ code: 0, stdout: expect.stringContaining('which may be bypassed') });
  const open = await verify([128], []);
  expect(open).toMatchObject({ code: 0, stdout: expect.stringContaining('none demands pull requests on main') });
});

test('a collection of Azure DevOps Server is connected where AZURE_DEVOPS_COLLECTIONS names it', async () => {
  const collection = 'https://tfs.contoso.example/tfs/DefaultCollection';
  const text = routes.replaceAll('https://dev.azure.com/contoso', collection);
  const directory = join(await temporaryFolder(), 'gitops.git');
  await seedBare(directory, { 'api-dev.yaml': '' });
  const gitops = { organization: 'tfs/DefaultCollection', project: 'platform', name: 'gitops', directory };
  const { connect, emulator } = await setUp({ text, repositories: [gitops] });
  const server = {
    AZURE_DEVOPS_COLLECTIONS: collection,
    LOCAL_ENDPOINTS: JSON.stringify({ [collection]: `${emulator.url}/tfs/DefaultCollection` }),
  };
  const { code, stdout } = await connect(['--json', '--verify'], server);
  expect(code).toBe(0);
  expect(done(stdout).map((one) => one.split(' ')[0])).toEqual(['created', 'created', 'created']);
  // Not named, it is some Git host, which has no pull requests: the routes do not load.
  expect(await connect(['--json'])).toMatchObject({ code: 1, stdout: '' });
});

test('tells what Azure DevOps refuses, and makes the others', async () => {
  const text = routes.replaceAll('platform/_git/gitops', 'platform/_git/nowhere');
  const { connect } = await setUp({ text });
  const { code, stdout } = await connect();
  expect(code).toBe(1);
  expect(stdout).toMatch(/created +build\.complete/);
  expect(stdout).toMatch(/failed +git\.pullrequest\.updated[^\n]*\n +repository-not-found/);
  const wrong = await connect([], { AZURE_DEVOPS_PAT: 'wrong' });
  expect(wrong).toMatchObject({ code: 1, stdout: expect.stringContaining('sign-in-failed') });
  const elsewhere = await connect([], {
    LOCAL_ENDPOINTS: JSON.stringify({ 'https://dev.azure.com/x': 'http://127.0.0.1:9' }),
  });
  expect(`${elsewhere.stdout}${elsewhere.stderr}`).toContain('LOCAL_ENDPOINTS');
  expect(elsewhere.code).toBe(1);
});

test.each([
  ['no target', ['connect']],
  ['another target', ['connect', 'github']],
  ['an option of another target', ['connect', 'azure-devops', '--format', 'helm']],
  ['no key', ['connect', 'azure-devops', 'nowhere.yaml', '--url', app]],
  ['no URL', ['connect', 'azure-devops', '--key', 'x']],
  ['a key of two lines', ['connect', 'azure-devops', '--url', app, '--key', 'a\nb:c']],
])('%s is a wrong call', async (_name, args) => {
  expect(await cli(args)).toMatchObject({ code: 2, stdout: '' });
});
