import { execFile } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { pushByHttp } from '../../local/registry/client.ts';
import { pushWebhook } from '../../local/webhook.ts';
import { git } from '../../local/git.ts';
import { commitCount, fileAtTip, root, seedBare, temporaryFolder } from '../support/platform.ts';
import { npmStart, readyLine } from '../support/start.ts';
import type { Ready } from '../support/start.ts';

vi.setConfig({ testTimeout: 120_000 });

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, delivery: commit }
routes:
  api:
    image: contoso.azurecr.io/shop/api
    update: [{ file: values.yaml, helm: { tag: image.tag } }]
    environments: { dev: { tags: { match: '^\\d+$', order: numeric } } }
`;

async function scene() {
  const directory = await temporaryFolder();
  const bare = join(directory, 'gitops.git');
  const routesFile = join(directory, 'routes.yaml');
  await seedBare(bare, { 'values.yaml': 'image:\n  tag: "1"\n' });
  await writeFile(routesFile, routes);
  const args = [
    '--serve',
    '--routes',
    routesFile,
    '--repository',
    `contoso/platform/gitops=${bare}`,
    '--port',
    '0',
    '--devops-port',
    '0',
  ];
  return { directory, bare, routesFile, args: [...args, '--storage', join(directory, 'storage'), '--lease', '5'] };
}

function push({ functions, key }: Ready, tag: string, { repository = 'shop/api' } = {}) {
  const body = pushWebhook({ registry: 'contoso.azurecr.io', repository, tag }, new Date());
  return fetch(`${functions}/api/webhooks/acr`, {
    method: 'POST',
    headers: { 'x-functions-key': key, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

function registryOf({ registries, key }: Ready) {
  return { url: registries['contoso.azurecr.io'] ?? '', user: { name: 'me', password: key } };
}

test('the demo shows every step, exits 0 and leaves nothing running', async () => {
  const demo = npmStart(['--once', '--port', '0', '--devops-port', '0']);
  expect(await demo.exited, demo.output()).toBe(0);
  const shown = demo.output();
  const loop = ['gate-opened', 'gate-completed', 'Succeeded: shop/checkout 1.8.0 in dev is healthy', 'dev-healthy'];
  for (const step of ['received', 'queued', 'routed', 'committed', '-  tag: "1.7.3"', '+  tag: "1.8.0"', ...loop])
    expect(shown).toContain(step);
  expect(
    shown.match(/✓ (?:gitops|checkout) [0-9a-f]{10} +dev\/argocd\/checkout-dev: 1\.8\.0 is healthy/g),
  ).toHaveLength(2);
  const lines = shown.split('\n');
  expect(lines.length).toBeLessThan(60);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  const steps = lines.flatMap((line) => /^  ✓ (\S+) +(.*?)(?: +\+\d+ ms)?$/.exec(line)?.slice(1, 3).join(' ') ?? []);
  expect(new Set(steps).size, shown).toBe(steps.length);
  const course = [
    'received POST',
    'queued contoso',
    'routed shop',
    'committed ',
    'argocd checkout-dev: refreshed; its poll was ',
    'argocd checkout-dev: OutOfSync, sync running',
    'argocd checkout-dev: Synced, sync succeeded, Healthy',
    'gate-completed succeeded',
  ].map((start) => steps.findIndex((step) => step.startsWith(start)));
  expect(course).toEqual(course.toSorted((a, b) => a - b));
  expect(course).not.toContain(-1);
  expect(shown).toMatch(/Without the refresh, Argo CD would have polled \d+ s later\./);
});

test('the demo goes on with the command line: its `export` line gives address and key', async () => {
  const demo = npmStart(['--port', '0', '--devops-port', '0']);
  await vi.waitFor(() => expect(demo.output()).toContain('Ctrl-C'), { timeout: 60_000, interval: 100 });
  const [exported = ''] = /^export .*$/m.exec(demo.output()) ?? [];
  expect(exported).toMatch(/^export TAGRELAY_URL=\S+ TAGRELAY_KEY=\S+$/);
  expect(
    demo
      .output()
      .split('\n')
      .filter((line) => line.length > 80),
  ).toEqual([]);
  const { stdout } = await promisify(execFile)('bash', ['-c', `${exported}; node bin/tagrelay.cjs status`], {
    cwd: root,
  });
  expect(stdout).toContain('shop/checkout');
  demo.child.kill('SIGINT');
  expect(await demo.exited, demo.output()).toBe(0);
});

test('--once exits 1 where a step does not happen', async () => {
  const demo = npmStart(['--once', '--port', '0', '--devops-port', '0'], {
    AzureFunctionsJobHost__extensions__http__routePrefix: 'elsewhere',
  });
  expect(await demo.exited).toBe(1);
});

describe('--serve', () => {
  test('prints one line of JSON, works, and Ctrl-C stops it cleanly', async () => {
    const { args, bare } = await scene();
    const platform = npmStart(args);
    const ready = await readyLine(platform);
    expect(ready).toEqual({
      ready: true,
      functions: expect.any(String),
      devops: expect.any(String),
      registries: {},
      key: expect.any(String),
      storage: expect.any(String),
    });
    expect((await push(ready, '2')).status).toBe(202);
    await vi.waitFor(async () => expect(await fileAtTip(bare, 'values.yaml')).toBe('image:\n  tag: "2"\n'), {
      timeout: 10_000,
    });
    platform.child.kill('SIGINT');
    expect(await platform.exited, platform.output()).toBe(0);
  });

  test('goes on where it was after SIGKILL at any point, with exactly one commit', async () => {
    const { args, bare } = await scene();
    let key: string | undefined;
    for (const [round, delayMs] of [0, 20, 80, 250].entries()) {
      const tag = String(round + 2);
      const first = npmStart(args);
      const ready = await readyLine(first);
      expect(key === undefined || key === ready.key).toBe(true);
      key = ready.key;
      expect((await push(ready, tag)).status).toBe(202);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      first.child.kill('SIGKILL');
      await first.exited;

      const second = npmStart(args);
      await readyLine(second);
      await vi.waitFor(async () => expect(await fileAtTip(bare, 'values.yaml')).toContain(`"${tag}"`), {
        timeout: 20_000,
        interval: 50,
      });
      second.child.kill('SIGTERM');
      expect(await second.exited, second.output()).toBe(0);
      expect(await commitCount(bare)).toBe(round + 2);
    }
  }, 180_000);

  test('--registry: a push to the stand-in is committed, what was not pushed is not, and images outlive SIGKILL', async () => {
    const { args, bare } = await scene();
    const withRegistry = [...args, '--registry', 'contoso.azurecr.io=0'];
    const first = npmStart(withRegistry);
    const ready = await readyLine(first);
    await pushByHttp(registryOf(ready), { repository: 'shop/api', tag: '2' });
    await vi.waitFor(async () => expect(await fileAtTip(bare, 'values.yaml')).toContain('"2"'), { timeout: 60_000 });
    expect((await push(ready, '9')).status).toBe(202);
    await vi.waitFor(() => expect(first.output()).toContain('image-not-pushed'), { timeout: 60_000 });
    first.child.kill('SIGKILL');
    await first.exited;

    const second = await readyLine(npmStart(withRegistry));
    const { url } = registryOf(second);
    const list = await fetch(`${url}/v2/shop/api/tags/list`, {
      headers: { authorization: `Basic ${btoa(`me:${second.key}`)}` },
    });
    expect(await list.json()).toEqual({ name: 'shop/api', tags: ['2'] });
    await pushByHttp(registryOf(second), { repository: 'shop/api', tag: '3' });
    await vi.waitFor(async () => expect(await fileAtTip(bare, 'values.yaml')).toContain('"3"'), { timeout: 60_000 });
    expect(await commitCount(bare)).toBe(3);
  }, 180_000);

  test('--applications: an Argo CD deploys the services, and a push refreshes the one that it concerns', async () => {
    const storage = join(await temporaryFolder(), 'storage');
    const args = ['--serve', '--applications', '20', '--port', '0', '--devops-port', '0', '--storage', storage];
    const platform = npmStart(args);
    const ready = await readyLine(platform);
    expect(ready.argocd).toMatch(/^http:/);
    expect((await push(ready, '2', { repository: 'team000/service00007' })).status).toBe(202);
    const events = () => platform.output().match(/^argocd .*$/gm) ?? [];
    await vi.waitFor(() => expect(events().at(-1)).toBe('argocd service00007: Synced, sync succeeded, Healthy'), {
      timeout: 60_000,
      interval: 50,
    });
    expect(events()[0]).toMatch(/^argocd service00007: refreshed; its poll was \d+ s away$/);
    expect(events().filter((event) => event.includes('refreshed'))).toHaveLength(1);
    platform.child.kill('SIGINT');
    expect(await platform.exited, platform.output()).toBe(0);
    // The repository is kept with the storage.
    expect(await fileAtTip(join(storage, 'gitops.git'), 'apps/team000/service00007.yaml')).toContain('tag: "2"');
  });

  test('a second one on the same storage is refused', async () => {
    const { args } = await scene();
    const first = npmStart(args);
    await readyLine(first);
    const second = npmStart(args);
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(String(first.child.pid));
  });
});

describe('wrong calls', () => {
  test.each([
    [['--bogus']],
    [['--serve']],
    [['--serve', '--routes', '/does/not/exist.yaml']],
    [['--serve', '--routes', 'package.json', '--repository', 'gitops']],
    [['--serve', '--routes', 'package.json', '--port', 'http']],
    [['--serve', '--routes', 'package.json', '--registry', 'https://contoso.azurecr.io']],
    [['--registry', 'contoso.azurecr.io']],
    [['--applications', '5']],
    [['--serve', '--applications', '0']],
    [['--serve', '--applications', '5', '--routes', 'package.json']],
    [['--serve', '--routes', 'package.json', '--storage', 'README.md']],
    [['--serve', '--routes', 'package.json', '--repository', 'contoso/platform/gitops=README.md']],
    [['--serve', '--routes', 'docs']],
    [['--storage', 'x']],
    [['--try', '/does/not/exist']],
  ])('%j exits 2 and says what is expected', async (args) => {
    const started = npmStart(args);
    expect(await started.exited).toBe(2);
    expect(started.output()).toContain('npm start -- --serve');
    expect(started.output()).not.toContain('    at ');
  });

  test('bad routes: every problem with its place, exit 1', async () => {
    const { args, routesFile } = await scene();
    await writeFile(routesFile, routes.replace('delivery: commit', 'delivery: yes').replace('image: c', 'imag: c'));
    const started = npmStart(args);
    expect(await started.exited).toBe(1);
    expect(started.output()).toMatch(/routes\.yaml:2:\d+ .*delivery/);
    expect(started.output()).toMatch(/routes\.yaml:5:\d+ .*did you mean `image`/);
    expect(started.output()).not.toContain('    at ');
  });

  test('a port that is taken: said so, exit 1', async () => {
    const { args } = await scene();
    const first = npmStart(args);
    const { functions } = await readyLine(first);
    const other = await scene();
    const taken = other.args.with(other.args.indexOf('--port') + 1, new URL(functions).port);
    const second = npmStart(taken);
    expect(await second.exited).toBe(1);
    const [said, ...more] = second.output().trim().split('\n');
    expect(more).toEqual([]);
    expect(said).toContain(`Port ${new URL(functions).port} is in use.`);
    expect(said).toContain('--port PORT');
  });

  test.each([
    ['no git', {}, { PATH: '/nowhere' }, /^git was not found\. Install it/],
    ['an old Node', { version: 'v18.20.4' }, {}, /^tagrelay needs Node 20\.19 or newer, and this is v18\.20\.4\./],
    ['no folder for temporary files', {}, { TMPDIR: '/sys/fs' }, /TMPDIR/],
  ])('%s: one line that says what to do, exit 1', async (_name, { version }: { version?: string }, env, expected) => {
    const older = join(await temporaryFolder(), 'older.cjs');
    await writeFile(older, `Object.defineProperty(process, 'version', { value: ${JSON.stringify(version)} });`);
    const options = version === undefined ? {} : { NODE_OPTIONS: `--require ${older}` };
    const started = npmStart(['--once', '--port', '0', '--devops-port', '0'], { ...env, ...options });
    expect(await started.exited).toBe(1);
    expect(started.output()).toMatch(expected);
    expect(started.output().trim().split('\n')).toHaveLength(1);
  });

  test('a repository folder that is none', async () => {
    const { args, directory } = await scene();
    const folder = join(directory, 'not-git');
    await mkdir(folder);
    await writeFile(join(folder, 'file'), 'x');
    const started = npmStart([...args, '--repository', `contoso/platform/other=${folder}`]);
    expect(await started.exited).toBe(1);
    expect(started.output()).toContain(folder);
  });
});

describe('--try', () => {
  test('runs on a copy of a checkout, with guessed routes, and leaves the checkout as it is', async () => {
    const directory = await temporaryFolder();
    const checkout = join(directory, 'checkout');
    await cp(join(root, 'test', 'cli', 'fixtures', 'umbrella'), checkout, { recursive: true });
    await git(['init', '--quiet', '--initial-branch=main'], checkout);
    await git(['add', '--all'], checkout);
    await git(
      ['-c', 'user.name=Ada', '-c', 'user.email=ada@contoso.example', 'commit', '--quiet', '--message', 'first'],
      checkout,
    );
    const tried = npmStart(['--try', checkout, '--once', '--port', '0', '--devops-port', '0']);
    expect(await tried.exited, tried.output()).toBe(0);
    expect(tried.output()).toContain('values-dev.yaml');
    expect(await git(['status', '--porcelain'], checkout)).toBe('');
    expect((await git(['rev-list', '--count', '--all'], checkout)).trim()).toBe('1');
  });

  test('with own routes, on files that are no Git repository', async () => {
    const { routesFile, directory } = await scene();
    const files = join(directory, 'files');
    await mkdir(files);
    await writeFile(join(files, 'values.yaml'), 'image:\n  repository: contoso.azurecr.io/shop/api\n  tag: "41"\n');
    const tried = npmStart(['--try', files, '--routes', routesFile, '--once', '--port', '0', '--devops-port', '0']);
    expect(await tried.exited, tried.output()).toBe(0);
    expect(tried.output()).toContain('-  tag: "41"');
  });
});
