import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { json } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { readSettings } from '../../src/lib/settings/settings.ts';
import { buildIfChanged } from '../../tools/build-if-changed.ts';
import { git } from '../local/devops/emulator.ts';
import { root, seedBare, temporaryFolder } from '../support/platform.ts';
import { codeBlocks } from './markdown.ts';

const page = readFileSync(join(root, 'docs/teams.md'), 'utf8');
const pipeline = parse(readFileSync(join(root, 'docs/teams/azure-pipelines.yml'), 'utf8')) as {
  readonly steps: readonly {
    readonly bash?: string;
    readonly displayName?: string;
    readonly checkout?: string;
    readonly path?: string;
    readonly workingDirectory?: string;
  }[];
};
const gitops = 'https://dev.azure.com/contoso/platform/_git/gitops';
const token = 'token-of-the-build';

/** The setting of the page, for one GitOps repository of all teams. */
const from = `
- repository: https://dev.azure.com/contoso/platform/_git/routes
  path: teams/{team}/routes.yaml
  allow: [{ images: ['contoso.azurecr.io/{team}/**'], repositories: ['${gitops}'], paths: ['apps/{team}/**'] }]
`;

function routes(team: string, image = `${team}/api`): string {
  return `routes:
  ${team}/api:
    image: contoso.azurecr.io/${image}
    repository: ${gitops}
    update: [{ file: apps/${team}/api.yaml, helm: { tag: image.tag } }]
    environments: { dev: { delivery: commit, branch: main, tags: { match: '^\\d+$', order: numeric } } }
`;
}

function script(name: string): string {
  return pipeline.steps.find(({ displayName }) => displayName === name)?.bash ?? 'exit 99';
}

beforeAll(async () => {
  await buildIfChanged(join(root, 'dist'));
});

/** An agent with the checkouts of the pipeline. Each `pullRequest` is a merge, as Azure Repos makes it. */
async function agent() {
  const folder = await temporaryFolder();
  const sources = join(folder, 's');
  const work = join(sources, 'routes');
  mkdirSync(work, { recursive: true });
  symlinkSync(root, join(sources, 'tagrelay'));
  const bare = join(folder, 'gitops.git');
  await seedBare(bare, { 'apps/shop/api.yaml': 'image: { tag: "1" }\n', 'apps/hr/api.yaml': 'image: { tag: "1" }\n' });
  const commit = async (files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(work, name)), { recursive: true });
      writeFileSync(join(work, name), text);
    }
    await git(work, 'add', '--all');
    await git(work, 'commit', '--quiet', '--message', 'routes');
  };
  await git(work, 'init', '--quiet');
  await git(work, 'remote', 'add', 'origin', 'https://contoso@dev.azure.com/contoso/platform/_git/routes');
  await commit({
    'routes-from.yaml': from,
    'teams/shop/routes.yaml': routes('shop'),
    'teams/hr/routes.yaml': routes('hr'),
    'teams/shop/images.txt': '# What plan shows\ncontoso.azurecr.io/shop/api:2\n',
    'teams/hr/images.txt': 'contoso.azurecr.io/hr/api:9\n',
  });
  // Git, and a list of its calls.
  const programs = join(folder, 'bin');
  mkdirSync(programs);
  const { stdout: program } = await promisify(execFile)('which', ['git']);
  const shim = `#!/bin/sh\necho "$@" >> "$HOME/calls"\nexec ${program.trim()} "$@"\n`;
  writeFileSync(join(programs, 'git'), shim, { mode: 0o755 });
  const calls = (): readonly string[] =>
    readFileSync(join(folder, 'calls'), 'utf8')
      .split('\n')
      .filter((line) => / clone |^clone /.test(line));
  const run = (name: string, env: Readonly<Record<string, string>>) =>
    new Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>((resolve) => {
      const all = {
        PATH: `${programs}:${process.env['PATH']}`,
        HOME: folder,
        GIT_CONFIG_COUNT: '2',
        GIT_CONFIG_KEY_0: `url.${bare}.insteadOf`,
        GIT_CONFIG_VALUE_0: gitops,
        GIT_CONFIG_KEY_1: `url.${bare}.insteadOf`,
        GIT_CONFIG_VALUE_1: gitops.replace('contoso', 'fabrikam'),
        BUILD_SOURCESDIRECTORY: sources,
        AGENT_TEMPDIRECTORY: folder,
        SYSTEM_ACCESSTOKEN: token,
        SYSTEM_COLLECTIONURI: 'https://dev.azure.com/contoso/',
        ...env,
      };
      const child = execFile('bash', ['-c', script(name)], { env: all }, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode ?? 1, stdout, stderr }),
      );
    });
  const pullRequest = async (files: Readonly<Record<string, string>>) => {
    await git(work, 'checkout', '--quiet', '-B', 'change', 'main');
    await commit(files);
    await git(work, 'checkout', '--quiet', '--detach', 'main');
    await git(work, 'merge', '--quiet', '--no-ff', '--message', 'merge', 'change');
    return run('Check and plan', {});
  };
  return { run, pullRequest, calls };
}

/** The threads of a pull request, as Azure DevOps keeps them. */
async function threadsServer() {
  const threads: { id: number; status: string; comments: { id: number; content: string }[] }[] = [];
  const refused: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? '', 'http://local');
      const [, thread, comment] = /\/pullRequests\/7\/threads(?:\/(\d+)(\/comments\/1)?)?$/.exec(url.pathname) ?? [];
      if (request.headers.authorization !== `Bearer ${token}` || url.searchParams.get('api-version') !== '7.1')
        refused.push(request.url ?? '');
      const body = request.method === 'GET' ? {} : ((await json(request)) as Record<string, never>);
      const known = threads.find(({ id }) => String(id) === thread);
      if (request.method === 'POST') {
        const { status, comments } = body as unknown as { status: string; comments: { content: string }[] };
        threads.push({
          id: threads.length + 1,
          status,
          comments: comments.map(({ content }, index) => ({ id: index + 1, content })),
        });
      } else if (known && comment) Object.assign(known.comments[0] ?? {}, body);
      else if (known) Object.assign(known, body);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ value: threads }));
    })();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { threads, refused, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/contoso/` };
}

test('the setting of the page is valid', () => {
  const [text = ''] = codeBlocks(page).flatMap((block) => (block.text.includes('path: teams/') ? [block.text] : []));
  const { settings, problems } = readSettings({ ROUTES_FROM: text });
  expect({ problems, sources: settings.routesFrom }).toMatchObject({
    problems: [],
    sources: [{ path: 'teams/{team}/routes.yaml' }],
  });
});

test('the pipeline comments the check of all documents, and the plan of the images of the changed team', async () => {
  const { pullRequest, run } = await agent();
  const { threads, refused, url } = await threadsServer();
  const comment = (status: string) =>
    run('Comment', {
      SYSTEM_COLLECTIONURI: url,
      SYSTEM_TEAMPROJECTID: 'platform',
      BUILD_REPOSITORY_ID: 'routes',
      SYSTEM_PULLREQUEST_PULLREQUESTID: '7',
      AGENT_JOBSTATUS: status,
    });
  const good = await pullRequest({ 'teams/shop/routes.yaml': `${routes('shop')}# changed\n` });
  expect(good).toMatchObject({ code: 0, stderr: '' });
  expect(await comment('Succeeded')).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(threads).toMatchObject([{ status: 'closed', comments: [{ content: good.stdout }] }]);
  expect(good.stdout).toContain('2 routes: 0 errors');
  expect(good.stdout).toContain('`plan` of `contoso.azurecr.io/shop/api:2`');
  expect(good.stdout).toContain('+image: { tag: "2" }');
  expect(good.stdout).not.toContain('hr/api:9');

  // The image of another team: every problem, in the same comment.
  const bad = await pullRequest({ 'teams/hr/routes.yaml': routes('hr', 'shop/api') });
  expect(bad.code).toBe(1);
  expect(await comment('Failed')).toMatchObject({ code: 0 });
  expect(threads).toMatchObject([{ status: 'active', comments: [{ content: bad.stdout }] }]);
  expect(bad.stdout).toMatch(/teams\/hr\/routes\.yaml:3:12 {2}error .*can match images outside the `allow`/);
  expect(refused).toEqual([]);
}, 90_000);

test('the pipeline sends its token to no other organization', async () => {
  const { pullRequest, calls } = await agent();
  await pullRequest({ 'teams/shop/routes.yaml': `${routes('shop')}# changed\n` });
  expect(calls()).toEqual([expect.stringMatching(`^-c http.extraheader=.*${token} clone .*${gitops} `)]);
  const foreign = gitops.replace('contoso', 'fabrikam');
  await pullRequest({
    'routes-from.yaml': from.replaceAll(gitops, foreign),
    'teams/shop/routes.yaml': routes('shop').replaceAll(gitops, foreign),
  });
  expect(calls().slice(1)).toEqual([expect.stringMatching(`^clone .*${foreign} `)]);
}, 90_000);

test('the pipeline builds the command from a checkout without anything else', async () => {
  const folder = await temporaryFolder();
  const sources = join(folder, 's');
  const [, checkout] = pipeline.steps.filter((step) => step.checkout !== undefined);
  const build = pipeline.steps.find(({ displayName }) => displayName === 'Build tagrelay');
  const work = build?.workingDirectory?.replace('$(Build.SourcesDirectory)', sources) ?? '';
  // `path` begins at the folder of the pipeline, which has the sources in `s`.
  expect(join(folder, checkout?.path ?? '')).toBe(work);
  const left = new Set(['.git', '.tmp', 'bench', 'dist', 'docs', 'infra', 'local', 'node_modules', 'test']);
  for (const name of readdirSync(root).filter((one) => !left.has(one)))
    cpSync(join(root, name), join(work, name), { recursive: true });
  // `npm ci` installs what the lock file names, which is in this checkout.
  const programs = join(folder, 'bin');
  mkdirSync(programs);
  const { stdout: npm } = await promisify(execFile)('which', ['npm']);
  const shim = `#!/bin/sh\n[ "$1" != ci ] || exec ln -s '${join(root, 'node_modules')}' node_modules\nexec ${npm.trim()} "$@"\n`;
  writeFileSync(join(programs, 'npm'), shim, { mode: 0o755 });
  const env = { ...process.env, PATH: `${programs}:${process.env['PATH']}` };
  await promisify(execFile)('bash', ['-c', script('Build tagrelay')], { cwd: work, env });
  const { stdout } = await promisify(execFile)(process.execPath, [join(work, 'bin/tagrelay.cjs'), '--help'], { env });
  expect(stdout).toContain('tagrelay');
});
