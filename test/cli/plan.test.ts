import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseArgs } from 'node:util';
import { UsageError } from '../../src/cli/command.ts';
import { planCommand } from '../../src/cli/plan.ts';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tagrelay-plan-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main }
environments:
  dev: { tags: { match: '^\\d+$', order: numeric }, delivery: commit }
  prod: { promoteFrom: dev, delivery: pull-request }
routes:
  '{domain}/{service}':
    image: contoso.azurecr.io/{domain}/{service}
    update: [{ file: 'apps/{domain}/values-{environment}.yaml', helm: { tag: '{service}.image.tag' } }]
    application: '{environment}/{domain}'
    environments: [dev, prod]
`;

function put(file: string, text: string): void {
  mkdirSync(dirname(join(directory, file)), { recursive: true });
  writeFileSync(join(directory, file), text);
}

async function plan(args: readonly string[], color = false) {
  const output = { stdout: '', stderr: '' };
  const io = {
    stdout: { write: (text: string) => void (output.stdout += text) },
    stderr: { write: (text: string) => void (output.stderr += text) },
    env: {},
    cwd: directory,
    color,
    columns: 100,
  };
  const parsed = parseArgs({ args: [...args], options: planCommand.options, allowPositionals: true });
  return { code: await planCommand.run(parsed, io), ...output };
}

const usual = ['--routes', 'routes.yaml', '--checkout', 'gitops', '--image', 'contoso.azurecr.io/shop/api:1241'];

function withImage(image: string): readonly string[] {
  return [...usual.slice(0, -1), image];
}

function withDirectory(name: string): readonly string[] {
  return usual.map((argument) => (argument === 'gitops' ? name : argument));
}

function withUrl(url: string): readonly string[] {
  return usual.map((argument) => (argument === 'gitops' ? `${url}=gitops` : argument));
}

describe('tagrelay plan', () => {
  beforeEach(() => {
    put('routes.yaml', routes);
    put('gitops/apps/shop/values-dev.yaml', '# shop\r\napi:\r\n  image:\r\n    tag: 1240 # here\r\n');
    put('gitops/apps/shop/values-prod.yaml', 'api:\n  image:\n    tag: "1200"\n');
  });

  test('shows a diff that git applies, and writes nothing', async () => {
    const before = readFileSync(join(directory, 'gitops/apps/shop/values-dev.yaml'), 'utf8');
    const { code, stdout, stderr } = await plan(usual);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('shop/api, prod: by promotion from dev');
    expect(readFileSync(join(directory, 'gitops/apps/shop/values-dev.yaml'), 'utf8')).toBe(before);
    execFileSync('git', ['apply', '-'], { cwd: join(directory, 'gitops'), input: stdout.slice(stdout.indexOf('---')) });
    expect(readFileSync(join(directory, 'gitops/apps/shop/values-dev.yaml'), 'utf8')).toBe(
      before.replace('1240', '"1241"'),
    );
  });

  test('--write writes the file with every other byte as it was, and then nothing changes', async () => {
    expect((await plan([...usual, '--write'])).code).toBe(0);
    const file = join(directory, 'gitops/apps/shop/values-dev.yaml');
    expect(readFileSync(file, 'utf8')).toBe('# shop\r\napi:\r\n  image:\r\n    tag: "1241" # here\r\n');
    const { code, stdout } = await plan([...usual, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      changes: [],
      outcomes: [{ outcome: 'up-to-date' }, { outcome: 'by-promotion' }],
    });
  });

  test('--json prints the changes and the outcomes', async () => {
    const { stdout } = await plan([...usual, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      changes: [
        {
          file: 'apps/shop/values-dev.yaml',
          route: 'shop/api',
          environment: 'dev',
          path: 'api.image.tag',
          from: '1240',
          to: '1241',
          line: 4,
        },
      ],
      outcomes: [
        { route: 'shop/api', environment: 'dev', outcome: 'planned' },
        { route: 'shop/api', environment: 'prod', outcome: 'by-promotion' },
      ],
    });
  });

  test('--environment plans that one only', async () => {
    const { stdout } = await plan([...usual, '--environment', 'dev', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ outcomes: [{ environment: 'dev' }] });
  });

  test('a terminal gets colours, and no control characters of the file', async () => {
    put('gitops/apps/shop/values-dev.yaml', '# \u009b31m\napi:\n  image:\n    tag: 1240\n');
    const { stdout } = await plan(usual, true);
    expect(stdout).toContain('\u001b[32m+    tag: "1241"');
    expect(stdout).not.toContain('\u009b');
    expect((await plan(usual)).stdout).not.toContain('\u001b');
  });

  test('a newer tag in the file is not gone back from', async () => {
    const { code, stdout } = await plan([...usual.slice(0, -1), 'contoso.azurecr.io/shop/api:1239', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ changes: [], outcomes: [{ outcome: 'superseded' }, {}] });
  });

  test('a tag that the policy does not take is said', async () => {
    const { code, stdout } = await plan([...usual.slice(0, -1), 'contoso.azurecr.io/shop/api:feature-1', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcomes: [{ outcome: 'not-taken' }, {}] });
  });

  test('a service without an entry is ignored', async () => {
    const { code, stdout } = await plan([...usual.slice(0, -1), 'contoso.azurecr.io/shop/web:1241', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      changes: [],
      outcomes: [{ outcome: 'ignored' }, { outcome: 'ignored' }],
    });
  });

  test('a route that cannot be applied fails with the position, and --write writes nothing', async () => {
    put('gitops/apps/shop/values-dev.yaml', 'api:\n  image: nginx\n');
    const { code, stdout, stderr } = await plan([...usual, '--write', '--json']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^apps\/shop\/values-dev\.yaml:2:10: /);
    expect(JSON.parse(stdout)).toMatchObject({
      outcomes: [{ outcome: 'failed', code: 'path-through-scalar', position: 'apps/shop/values-dev.yaml:2:10' }, {}],
    });
  });

  test('a folder is a checkout without the option too', async () => {
    const folder = usual.filter((argument) => argument !== '--checkout');
    expect(await plan(folder)).toEqual(await plan(usual));
  });

  test('a checkout by URL stands for that repository only', async () => {
    expect((await plan(withUrl('https://contoso@dev.azure.com/contoso/platform/_git/gitops'))).code).toBe(0);
    await expect(plan(withUrl('https://dev.azure.com/contoso/other/_git/gitops'))).rejects.toThrow(UsageError);
  });

  test('a link is read as its path, as the app reads it, and never followed', async () => {
    put('outside.yaml', 'api:\n  image:\n    tag: 1240\n');
    rmSync(join(directory, 'gitops/apps/shop/values-dev.yaml'));
    symlinkSync(join(directory, 'outside.yaml'), join(directory, 'gitops/apps/shop/values-dev.yaml'));
    const { code, stdout } = await plan([...usual, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ outcomes: [{ code: 'not-yaml' }, {}] });
  });

  test.each([
    ['no image', ['--routes', 'routes.yaml', '--checkout', 'gitops']],
    [
      'an image without a tag',
      ['--routes', 'routes.yaml', '--checkout', 'gitops', '--image', 'contoso.azurecr.io/shop/api'],
    ],
    ['no checkout', ['--routes', 'routes.yaml', '--image', 'contoso.azurecr.io/shop/api:1']],
    ['two checkouts without a URL', [...usual, '--checkout', 'gitops']],
    ['a checkout that does not exist', withDirectory('nowhere')],
    ['a checkout that is a file', withDirectory('routes.yaml')],
    ['an unknown environment', [...usual, '--environment', 'test']],
    [
      'a routes file that does not exist',
      ['--routes', 'no.yaml', '--checkout', 'gitops', '--image', 'contoso.azurecr.io/shop/api:1'],
    ],
  ])('%s is wrong usage', async (_, args) => {
    await expect(plan(args)).rejects.toThrow(UsageError);
  });

  test('a file that is not there is named once', async () => {
    rmSync(join(directory, 'gitops/apps/shop/values-dev.yaml'));
    put('routes.yaml', routes.replaceAll('{domain}', 'shop').replaceAll('{service}', 'api'));
    const { stderr } = await plan([...usual, '--environment', 'dev']);
    expect(stderr).toMatch(/^apps\/shop\/values-dev\.yaml does not exist\. .*\[file-not-found\]/);
  });

  test('an image that no route takes, another route, and bad routes fail', async () => {
    expect((await plan([...usual.slice(0, -1), 'contoso.azurecr.io/api:1'])).code).toBe(1);
    expect((await plan([...usual, '--route', 'shop/web'])).code).toBe(1);
    put('routes.yaml', 'routes: { a: { imag: x } }\n');
    const { code, stderr } = await plan(usual);
    expect(code).toBe(1);
    expect(stderr).toContain('unknown-field');
  });
});

describe('a chart beside its lock', () => {
  const dependency = '- name: api\n  version: 1.2.2\n  repository: oci://contoso.azurecr.io/charts\n';
  const chart = `apiVersion: v2\nname: umbrella\nversion: 0.1.0\ndependencies:\n${dependency}`;
  const args = withImage('contoso.azurecr.io/charts/api:1.2.3_4');
  const lockOf = (digest: string): string =>
    `dependencies:\n${dependency}digest: ${digest}\ngenerated: "2026-01-01T00:00:00Z"\n`;

  beforeEach(() => {
    put(
      'routes.yaml',
      `
routes:
  charts/api:
    image: contoso.azurecr.io/charts/api
    repository: https://dev.azure.com/contoso/platform/_git/gitops
    environments:
      dev: { update: [{ file: Chart.yaml, chart: { dependency: api } }], tags: { semver: '*', order: semver }, delivery: commit }
`,
    );
  });

  test('a lock that is not of the chart fails', async () => {
    put('gitops/Chart.yaml', chart);
    const { code, stdout } = await plan(args);
    expect(code).toBe(0);
    expect(stdout).toContain('+  version: 1.2.3+4');
    put('gitops/Chart.lock', lockOf('sha256:0'));
    const failed = await plan([...args, '--json']);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/^Chart\.lock:5:9: /);
    expect(JSON.parse(failed.stdout)).toMatchObject({ changes: [], outcomes: [{ code: 'chart-lock-stale' }] });
  });

  test('a lock that is of the chart is changed with it, and explained of', async () => {
    put('gitops/Chart.yaml', chart);
    put('gitops/Chart.lock', lockOf('sha256:bca58d3ebc54bf160530ca17ba38626e81aa67b8589860642699110548b42d0d'));
    const { code, stdout } = await plan([...args, '--json', '--write']);
    expect(code).toBe(0);
    const common = { route: 'charts/api', environment: 'dev' };
    expect(JSON.parse(stdout)).toMatchObject({
      changes: [
        { ...common, file: 'Chart.yaml', path: 'dependencies[name=api].version', from: '1.2.2', to: '1.2.3+4' },
        { ...common, file: 'Chart.lock', path: 'dependencies[0].version', from: '1.2.2', to: '1.2.3+4' },
        {
          ...common,
          file: 'Chart.lock',
          path: 'digest',
          from: 'sha256:bca58d3ebc54bf160530ca17ba38626e81aa67b8589860642699110548b42d0d',
        },
      ],
    });
    expect(readFileSync(join(directory, 'gitops/Chart.lock'), 'utf8')).toContain('version: 1.2.3+4');
    expect(JSON.parse((await plan([...args, '--json'])).stdout)).toMatchObject({
      changes: [],
      outcomes: [{ outcome: 'up-to-date' }],
    });
  });
});

test('a preview: nothing is written, and the applications of the tag are named', async () => {
  put('gitops/README.md', 'apps');
  put(
    'routes.yaml',
    `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main }
routes:
  shop:
    image: contoso.azurecr.io/shop
    update: []
    application: 'argocd/shop-pr-{pr}'
    environments: { pr: { tags: { match: '^pr-(?<pr>\\d+)-(\\d+)$', order: numeric } } }
`,
  );
  const taken = await plan(withImage('contoso.azurecr.io/shop:pr-17-3'));
  expect(taken.stdout).toBe('shop, pr: nothing is written; the deployment waits for argocd/shop-pr-17\n');
  expect(taken.code).toBe(0);
});
