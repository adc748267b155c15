import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { tryScene } from '../../local/demo/try-scene.ts';
import { makeTerminal } from '../../local/terminal.ts';
import { buildIfChanged } from '../../tools/build-if-changed.ts';
import { pushByHttp } from '../../local/registry/client.ts';
import { pushWebhook } from '../../local/webhook.ts';
import { git } from '../../local/git.ts';
import { eventually } from '../support/eventually.ts';
import { commitCount, fileAtTip, root, seedBare, temporaryFolder } from '../support/platform.ts';
import { npmStart, readyLine, spawnStart } from '../support/start.ts';
import type { Ready, StartedProcess } from '../support/start.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, delivery: commit }
routes:
  api:
    image: contoso.azurecr.io/shop/api
    update: [{ file: values.yaml, helm: { tag: image.tag } }]
    environments: { dev: { tags: { match: '^\\d+$', order: numeric } } }
`;

async function scene(given?: string) {
  const directory = given ?? (await temporaryFolder());
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

test('one push goes from dev to staging and to a pull request for prod; a bad image is rolled back; it goes on', async () => {
  const demo = npmStart(['--fail', '--port', '0', '--devops-port', '0']);
  await eventually(() => expect(demo.output()).toMatch(/Ctrl-C|Did not happen/), { seconds: 100 });
  const [shown = '', invitation = ''] = demo.output().split('\n\nfunctions');
  expect(shown.trimEnd().split('\n').length, shown).toBeLessThanOrEqual(30);
  expect(
    demo
      .output()
      .split('\n')
      .filter((line) => line.length > 80),
  ).toEqual([]);
  expect(shown).toContain('-  tag: "1.7.3"        # written by the deployment');
  expect(shown).toContain('+  tag: "1.8.0"        # written by the deployment');
  const [promotion = '', rollback = ''] = shown.split('1.8.1-broken is pushed');
  expectCourse(promotion, [
    /✓ +\+\d+\.\d s +registry +its webhook reaches tagrelay/,
    /dev +commit [0-9a-f]{10}: 1\.7\.3 → 1\.8\.0/,
    /dev +Argo CD: refreshed; its poll was \d+ s away/,
    /dev +Argo CD: OutOfSync, sync running/,
    /dev +Argo CD: Synced, sync succeeded, Healthy/,
    /staging +commit [0-9a-f]{10}: 1\.7\.3 → 1\.8\.0/,
    /staging +Argo CD: Synced, sync succeeded, Healthy/,
    /prod +pull request 1 for a person to complete: 1\.7\.3 → 1\.8\.0/,
  ]);
  // On a slow machine the soak may be over before staging is asked.
  expect(shown).toMatch(/healthy for\s+(?:[3-9]|\d\d)\.\d s in dev/);
  expectCourse(promotion, [
    /dev +Argo CD: Synced, sync succeeded, Healthy/,
    /pipeline +its gate succeeded: 1\.8\.0 in dev is healthy/,
    /pipeline +statuses on commit and source, build tag dev-healthy/,
  ]);
  expectCourse(rollback, [
    /dev +commit [0-9a-f]{10}: 1\.8\.0 → 1\.8\.1-broken/,
    /✗ +\+\d+\.\d s +dev +Argo CD: Synced, sync succeeded, Degraded/,
    /dev +rolled back by commit [0-9a-f]{10}: 1\.8\.1-broken → 1\.8\.0/,
    /dev +Argo CD: Synced, sync succeeded, Healthy/,
  ]);
  expectCourse(rollback, [/Degraded/, /✗ .*pipeline +its gate failed: 1\.8\.1-broken in dev is degraded/]);
  const [exported = ''] = /^export .*$/m.exec(invitation) ?? [];
  expect(exported).toMatch(/^export TAGRELAY_URL=\S+ TAGRELAY_KEY=\S+$/);
  const { stdout } = await promisify(execFile)('bash', ['-c', `${exported}; node bin/tagrelay.cjs status`], {
    cwd: root,
  });
  expect(stdout).toMatch(/shop\/checkout/);
  demo.child.kill('SIGINT');
  expect(await demo.exited, demo.output()).toBe(0);
});

/** Each step is there once, and after the one before. */
function expectCourse(shown: string, steps: readonly RegExp[]): void {
  const places = steps.map((step) => Array.from(shown.matchAll(new RegExp(step, 'g')), ({ index }) => index));
  expect(
    places.map(({ length }) => length),
    shown,
  ).toEqual(steps.map(() => 1));
  expect(places.flat(), shown).toEqual(places.flat().toSorted((a, b) => a - b));
}

test('Ctrl-C in the middle of the demo ends it without an error', async () => {
  const temporary = await temporaryFolder();
  const demo = npmStart(['--once', '--port', '0', '--devops-port', '0'], { TMPDIR: temporary });
  await eventually(() => expect(demo.output()).toMatch(/✓ .* registry/), { seconds: 60 });
  demo.child.kill('SIGINT');
  expect(await demo.exited, demo.output()).toBe(130);
  expect(demo.output()).not.toMatch(/Did not happen|Error|    at /);
  expect((await readdir(temporary)).filter((name) => name.startsWith('tagrelay-'))).toEqual([]);
});

test('--once exits 1 with the reason where a step does not happen', async () => {
  const demo = npmStart(['--once', '--port', '0', '--devops-port', '0'], {
    AzureFunctionsJobHost__extensions__http__routePrefix: 'elsewhere',
  });
  expect(await demo.exited).toBe(1);
  expect(demo.output()).toMatch(/Did not happen: .*404/);
});

describe('--serve', () => {
  test('goes on where it was after SIGKILL at any point, with exactly one commit', async () => {
    const { args, bare } = await scene();
    let running = npmStart(args);
    let ready = await readyLine(running);
    const { key } = ready;
    async function restart(): Promise<void> {
      running = npmStart(args);
      ready = await readyLine(running);
      expect(ready.key).toBe(key);
    }
    for (const [round, delayMs] of [0, 20, 80, 250].entries()) {
      const tag = String(round + 2);
      expect((await push(ready, tag)).status).toBe(202);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      running.child.kill('SIGKILL');
      await running.exited;
      await restart();
      await eventually(async () => expect(await fileAtTip(bare, 'values.yaml')).toContain(`"${tag}"`));
      expect(await commitCount(bare)).toBe(round + 2);
    }
    running.child.kill('SIGTERM');
    expect(await running.exited, running.output()).toBe(0);
  }, 180_000);

  describe('with a stand-in for the registry', () => {
    let started: StartedProcess;
    let ready: Ready;
    let storage: Awaited<ReturnType<typeof scene>>;
    let directory: string;
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'tagrelay-test-'));
      storage = await scene(directory);
      started = spawnStart([...storage.args, '--registry', 'contoso.azurecr.io=0']);
      ready = await readyLine(started);
    });
    afterAll(async () => {
      started.child.kill('SIGKILL');
      await started.exited;
      await rm(directory, { recursive: true, force: true });
    });

    test('one line of JSON says that it is ready', () => {
      expect(ready).toEqual({
        ready: true,
        functions: expect.any(String),
        devops: expect.any(String),
        registries: { 'contoso.azurecr.io': expect.any(String) },
        key: expect.any(String),
        storage: expect.any(String),
      });
    });

    test('a push to it is committed, what was not pushed is not', async () => {
      await pushByHttp(registryOf(ready), { repository: 'shop/api', tag: '2' });
      await eventually(async () => expect(await fileAtTip(storage.bare, 'values.yaml')).toContain('"2"'), {
        seconds: 60,
      });
      expect((await push(ready, '9')).status).toBe(202);
      await eventually(() => expect(started.output()).toContain('image-not-pushed'), { seconds: 60 });
    });

    test('a second one on the same storage is refused', async () => {
      const second = npmStart(storage.args);
      expect(await second.exited).toBe(1);
      expect(second.output()).toContain(String(started.child.pid));
    });

    test('a port that is taken: said so, exit 1', async () => {
      const other = await scene();
      const { port } = new URL(ready.functions);
      const second = npmStart(other.args.with(other.args.indexOf('--port') + 1, port));
      expect(await second.exited).toBe(1);
      const [said, ...more] = second.output().trim().split('\n');
      expect(more).toEqual([]);
      expect(said).toContain(`Port ${port} is in use.`);
      expect(said).toContain('--port PORT');
    });

    test('images outlive SIGKILL, and Ctrl-C stops it cleanly', async () => {
      started.child.kill('SIGKILL');
      await started.exited;
      started = spawnStart([...storage.args, '--registry', 'contoso.azurecr.io=0']);
      ready = await readyLine(started);
      const list = await fetch(`${registryOf(ready).url}/v2/shop/api/tags/list`, {
        headers: { authorization: `Basic ${btoa(`me:${ready.key}`)}` },
      });
      expect(await list.json()).toEqual({ name: 'shop/api', tags: ['2'] });
      await pushByHttp(registryOf(ready), { repository: 'shop/api', tag: '3' });
      await eventually(async () => expect(await fileAtTip(storage.bare, 'values.yaml')).toBe('image:\n  tag: "3"\n'), {
        seconds: 60,
      });
      expect(await commitCount(storage.bare)).toBe(3);
      started.child.kill('SIGINT');
      expect(await started.exited, started.output()).toBe(0);
    });
  });

  test('--applications: an Argo CD deploys the services, and a push refreshes the one that it concerns', async () => {
    const storage = join(await temporaryFolder(), 'storage');
    const args = ['--serve', '--applications', '20', '--port', '0', '--devops-port', '0', '--storage', storage];
    const platform = npmStart(args);
    const ready = await readyLine(platform);
    expect(ready.argocd).toMatch(/^http:/);
    expect((await push(ready, '2', { repository: 'team000/service00007' })).status).toBe(202);
    const events = () => platform.output().match(/^argocd .*$/gm) ?? [];
    await eventually(() => expect(events().at(-1)).toBe('argocd service00007: Synced, sync succeeded, Healthy'), {
      seconds: 60,
    });
    expect(events()[0]).toMatch(/^argocd service00007: refreshed; its poll was \d+ s away$/);
    expect(events().filter((event) => event.includes('refreshed'))).toHaveLength(1);
    platform.child.kill('SIGINT');
    expect(await platform.exited, platform.output()).toBe(0);
    // The repository is kept with the storage.
    expect(await fileAtTip(join(storage, 'gitops.git'), 'apps/team000/service00007.yaml')).toContain('tag: "2"');
  });
});

describe('wrong calls', () => {
  test('exit 2, and the command that lists the options', async () => {
    const started = npmStart(['--bogus']);
    expect(await started.exited).toBe(2);
    expect(started.output()).toContain('`npm start -- --help` lists the options.');
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

  test('a storage folder that cannot be created: one line with the flag, exit 1', async () => {
    const { args } = await scene();
    const started = npmStart([...args, '--storage', '/proc/nope/storage']);
    expect(await started.exited).toBe(1);
    expect(started.output()).toMatch(/^The folder \/proc\/nope cannot be created \(\w+\)\. .*--storage DIR/m);
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
    await git(['remote', 'add', 'origin', 'https://github.com/contoso/deploy'], checkout);
    const tried = npmStart(['--try', checkout, '--once', '--port', '0', '--devops-port', '0']);
    expect(await tried.exited, tried.output()).toBe(0);
    expect(tried.output()).toContain('The emulator has a copy in the place of https://github.com/contoso/deploy');
    // `dev` commits, for the image has a build of `main`; the others wait for a person, and show what they would change.
    expect(tried.output()).toMatch(/✓ committed +[0-9a-f]{10} main, dev:/);
    expect(tried.output()).toMatch(/✓ pull-request +.*\n(?: {10,}.*\n)?(?: {6}.*\n)* {6}\+.*tag: /);
    expect(tried.output()).toContain('From push to commit');
    expect(await git(['status', '--porcelain'], checkout)).toBe('');
    expect((await git(['rev-list', '--count', '--all'], checkout)).trim()).toBe('1');
  });

  test('with own routes, on files that are no Git repository', async () => {
    await buildIfChanged(join(root, 'dist'));
    const { routesFile, directory } = await scene();
    const files = join(directory, 'files');
    await mkdir(files);
    const values = 'image:\n  repository: contoso.azurecr.io/shop/api\n  tag: "41"\n';
    await writeFile(join(files, 'values.yaml'), values);
    const terminal = makeTerminal({ write: () => true }, {});
    const tried = await tryScene({ root, checkout: files, routesFile, image: undefined, terminal });
    expect(tried.image).toEqual({ registry: 'contoso.azurecr.io', repository: 'shop/api', tag: '999901' });
    expect(tried.settings).toEqual({ ROUTES: routes, REGISTRIES: '' });
    const bare = join(directory, 'copy.git');
    await tried.seed(bare);
    expect(await fileAtTip(bare, 'values.yaml')).toBe(values);
  });

  test('an image of several repositories is refused by name: --try has one checkout', async () => {
    const { directory, routesFile } = await scene();
    const prod = "prod: { repository: 'https://dev.azure.com/contoso/platform/_git/prod', tags: { order: newest } } }";
    await writeFile(routesFile, routes.replace(/\} \}\n$/, `}, ${prod}\n`));
    const files = join(directory, 'files');
    await mkdir(files);
    await writeFile(join(files, 'values.yaml'), 'image:\n  repository: contoso.azurecr.io/shop/api\n  tag: "41"\n');
    const terminal = makeTerminal({ write: () => true }, {});
    await expect(tryScene({ root, checkout: files, routesFile, image: undefined, terminal })).rejects.toThrow(
      /writes to 2 repositories \(.*gitops, .*prod\), and --try has one checkout/,
    );
  });
});
