import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { cli } from '../cli.ts';
import { applicationOf } from './shapes.ts';

const folder = mkdtempSync(join(tmpdir(), 'tagrelay-applications-'));
afterAll(() => rmSync(folder, { recursive: true }));

const api = 'contoso.azurecr.io/shop/api';
const charts = 'https://github.com/contoso/charts';

function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function repository(name: string, url: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) put(`${name}/${path}`, text);
  const git = (...args: readonly string[]): unknown =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@contoso.com', ...args], { cwd: join(folder, name) });
  git('init', '--quiet', '--initial-branch', 'main');
  git('remote', 'add', 'origin', url);
  git('add', '--all');
  git('commit', '--quiet', '--message', 'first');
}

const items = ['dev', 'prod'].map((stage, index) =>
  applicationOf({
    name: `api-${stage}`,
    images: [`${api}:1.${index}.0`, 'docker.io/envoyproxy/envoy:v1.31.0'],
    sources: [
      {
        repoURL: 'git@github.com:contoso/charts.git',
        path: 'service',
        helm: { valueFiles: [`$values/api/${stage}.yaml`] },
      },
      { repoURL: 'https://someone:hunter2@dev.azure.com/contoso/platform/_git/gitops', ref: 'values' },
    ],
  }),
);

beforeAll(() => {
  repository('charts', 'git@github.com:contoso/charts.git', {
    'service/Chart.yaml': 'name: service\n',
    'service/values.yaml': 'image: {}\n',
  });
  repository('gitops', 'git@ssh.dev.azure.com:v3/contoso/platform/gitops', {
    'api/dev.yaml': `image:\n  repository: ${api}\n  tag: 1.0.0\n`,
    'api/prod.yaml': `image:\n  repository: ${api}\n  tag: 1.1.0\n`,
  });
  put('list.yaml', stringify({ apiVersion: 'v1', kind: 'List', items }));
  put('list.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  put('cli.json', JSON.stringify(items));
  for (const [index, item] of items.entries()) put(`one-${index}.yaml`, stringify(item));
  put('stream.yaml', items.map((item) => stringify(item)).join('---\n'));
});

const checkouts = ['--checkout', 'charts', '--checkout', 'gitops'];

describe('init --applications', () => {
  test.each([
    ['kubectl, YAML', ['list.yaml']],
    ['kubectl, JSON', ['list.json']],
    ['argocd app list', ['cli.json']],
    ['several files', ['one-0.yaml', 'one-1.yaml']],
    ['a stream of documents', ['stream.yaml']],
    ['the same file twice', ['list.json', 'list.yaml']],
  ])('%s: routes that pass the check, and a plan that finds each place', async (_, files) => {
    const options = files.flatMap((file) => ['--applications', file]);
    const { code, stdout, stderr } = await cli(['init', ...options, ...checkouts, '--output', '-'], { cwd: folder });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `no route: docker.io/envoyproxy/envoy (argocd/api-dev, argocd/api-prod): its registry is not Azure's (--image takes it)\n`,
    });
    expect(stdout).not.toContain('hunter2');
    put('routes.yaml', stdout);
    expect(await cli(['check', 'routes.yaml'], { cwd: folder })).toMatchObject({ code: 0 });
    const plan = await cli(
      ['plan', '--routes', 'routes.yaml', '--checkout', 'gitops', '--image', `${api}:1.2.0`, '--json'],
      { cwd: folder },
    );
    const { changes } = JSON.parse(plan.stdout) as { changes: { file: string; from: string; environment: string }[] };
    expect(changes.map(({ environment, file, from }) => [environment, file, from])).toEqual([
      ['dev', 'api/dev.yaml', '1.0.0'],
      ['prod', 'api/prod.yaml', '1.1.0'],
    ]);
  });

  test('names a checkout by URL, in any form of the URL, and instances of Argo CD', async () => {
    const { code, stdout } = await cli(
      [
        'init',
        '--applications',
        'weu=list.json',
        '--output',
        '-',
        '--checkout',
        `${charts}=charts`,
        '--checkout',
        'ssh://git@ssh.dev.azure.com/v3/contoso/platform/gitops=gitops',
      ],
      { cwd: folder },
    );
    expect(code).toBe(0);
    expect(stdout).toContain("application: 'weu/argocd/api-{environment}'");
    expect(stdout).toContain("file: 'api/{environment}.yaml', helm: { tag: image.tag }");
  });

  test('takes other registries by --image, and names the setting that they need', async () => {
    put('other/v.yaml', 'image: { repository: ghcr.io/contoso/web, tag: 1.0.0 }\n');
    put(
      'ghcr.json',
      JSON.stringify([
        applicationOf({
          name: 'web-dev',
          images: ['ghcr.io/contoso/web:1.0.0', `${api}:1`],
          source: { path: '.', helm: { valueFiles: ['v.yaml'] } },
        }),
      ]),
    );
    const { code, stderr } = await cli(
      ['init', '--applications', 'ghcr.json', '--image', 'ghcr.io/**', '--checkout', 'other', '--output', 'ghcr.yaml'],
      { cwd: folder },
    );
    expect(code).toBe(0);
    expect(stderr).toContain(`no route: ${api} (argocd/web-dev): --image ghcr.io/** does not take it`);
    expect(stderr).toContain('Next: REGISTRIES=ghcr.io tagrelay check ghcr.yaml');
    const env = { REGISTRIES: 'ghcr.io' };
    expect(await cli(['check', 'ghcr.yaml'], { cwd: folder, env })).toMatchObject({ code: 0 });
  });

  test('reads each branch in its own checkout, also in a worktree', async () => {
    const branched = ['dev', 'prod'].map((stage, index) =>
      applicationOf({
        name: `web-${stage}`,
        images: [`contoso.azurecr.io/shop/web:main-${index + 1}`],
        source: {
          repoURL: 'https://git.contoso.com/team/web',
          path: '.',
          targetRevision: stage,
          helm: { valueFiles: ['v.yaml'] },
        },
      }),
    );
    put('branched.json', JSON.stringify(branched));
    repository('web', 'ssh://git@git.contoso.com:2222/team/web.git', { 'v.yaml': 'tag: main-1\n' });
    const git = (...args: readonly string[]): unknown =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@contoso.com', ...args], {
        cwd: join(folder, 'web'),
      });
    git('checkout', '--quiet', '-b', 'dev');
    git('worktree', 'add', '--quiet', '-b', 'prod', '../web-prod');
    put('web-prod/v.yaml', 'app: { tag: main-2 }\n');
    const { code, stdout, stderr } = await cli(
      ['init', '--applications', 'branched.json', '--checkout', 'web', '--checkout', 'web-prod', '--output', '-'],
      { cwd: folder },
    );
    expect(code).toBe(0);
    expect(stderr).not.toContain('the checkout is on');
    expect(stderr).toContain('tagrelay opens no pull requests on git.contoso.com');
    expect(stdout).toContain('delivery: observe');
    expect(stdout).toMatch(
      /dev:\n +update: \[\{ file: v\.yaml, helm: \{ tag: tag \} \}\]\n +branch: '\{environment\}'/,
    );
    expect(stdout).toMatch(
      /prod:\n +update: \[\{ file: v\.yaml, helm: \{ tag: app\.tag \} \}\]\n +branch: '\{environment\}'/,
    );
    put('branched-routes.yaml', stdout);
    const options = ['--routes', 'branched-routes.yaml', '--image', 'contoso.azurecr.io/shop/web:main-3', '--json'];
    const plan = await cli(
      ['plan', ...options, '--checkout', 'web', '--checkout', 'https://git.contoso.com/team/web=web-prod'],
      { cwd: folder },
    );
    expect(JSON.parse(plan.stdout)).toMatchObject({
      changes: [
        { environment: 'dev', path: 'tag', from: 'main-1' },
        { environment: 'prod', path: 'app.tag', from: 'main-2' },
      ],
    });
  });

  test('without a checkout, the place is a guess and called so', async () => {
    const { code, stderr } = await cli(['init', '--applications', 'list.json', '--output', '-'], { cwd: folder });
    expect(code).toBe(0);
    expect(stderr).toContain('argocd/api-dev, argocd/api-prod: the place in the values is a guess (no --checkout for');
  });

  test('lists everything in JSON', async () => {
    const { stdout } = await cli(['init', '--applications', 'list.json', ...checkouts, '--json'], { cwd: folder });
    expect(JSON.parse(stdout)).toMatchObject({
      routes: [{ name: 'shop/api', environments: ['dev', 'prod'] }],
      uncovered: [{ image: 'docker.io/envoyproxy/envoy', applications: ['argocd/api-dev', 'argocd/api-prod'] }],
    });
  });

  test.each([
    ['no applications', 'pods.yaml', 'kind: Pod\nmetadata: { name: a }\n', 'has no Applications'],
    ['no YAML', 'broken.yaml', 'items: [\n', 'is not YAML'],
    ['no JSON', 'broken.json', '{"items": [', 'is not JSON'],
  ])('refuses a file with %s', async (_, file, text, message) => {
    put(file, text);
    const { code, stderr } = await cli(['init', '--applications', file], { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });

  test('refuses two Argo CDs without names', async () => {
    put('other.json', JSON.stringify([applicationOf({ name: 'api-dev', images: [], source: { path: 'elsewhere' } })]));
    const { code, stderr } = await cli(['init', '--applications', 'list.json', '--applications', 'other.json'], {
      cwd: folder,
    });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('two different argocd/api-dev') });
  });

  test('an empty list has nothing to write', async () => {
    put('empty.json', '{"kind":"List","items":[]}');
    expect(await cli(['init', '--applications', 'empty.json'], { cwd: folder })).toMatchObject({ code: 1 });
  });
});
