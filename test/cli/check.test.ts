import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { cli } from './cli.ts';

const examples = join(import.meta.dirname, '../../docs/examples');
const folder = mkdtempSync(join(tmpdir(), 'tagrelay-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

describe.each(readdirSync(examples))('the example %s', (file) => {
  test('is short, and loads', async () => {
    expect(readFileSync(join(examples, file), 'utf8').split('\n').length).toBeLessThanOrEqual(20);
    const { code, stdout } = await cli(['check', file], { cwd: examples });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('0 errors') });
  });

  test('is shown in full, as a document that loads again', async () => {
    const { code, stdout } = await cli(['check', '--expand', file], { cwd: examples });
    expect(code).toBe(0);
    const [document = ''] = stdout.split('\n\n');
    await expect(document).toMatchFileSnapshot(join(import.meta.dirname, 'fixtures/expanded', file));
    const again = join(folder, file);
    writeFileSync(again, document);
    expect(await cli(['check', again])).toMatchObject({ code: 0 });
    expect(parse(document)).toHaveProperty('routes');
  });

  test('fits 100 columns in its table', async () => {
    const { stdout } = await cli(['check', file], { cwd: examples, color: true });
    const table = stripVTControlCharacters(stdout).split('\n\n')[0] ?? '';
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});

describe('check', () => {
  const route = `routes:\n  a: { image: contoso.azurecr.io/a, repository: 'https://dev.azure.com/a/b/_git/c', update: [{ file: v.yaml, helm: { tag: tag } }], environments: [dev] }\n`;

  test('ends with 1 where there is an error, and shows each as JSON', async () => {
    const file = write('wrong.yaml', 'enviroments: {}\nroutes: { a: {} }\n');
    expect(await cli(['check', file], { cwd: folder })).toMatchObject({ code: 1, stderr: '' });
    const { code, stdout } = await cli(['check', '--json', file], { cwd: folder });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      routes: [],
      problems: [
        { code: 'unknown-field', setting: 'wrong.yaml', line: 1, column: 1 },
        { code: 'missing-field', field: 'routes.a.image', line: 2 },
        { code: 'missing-field', field: 'routes.a.environments', line: 2 },
        { code: 'allow-unset' },
      ],
    });
  });

  test('reads the settings of a local.settings.json, with ROUTES_FILE beside it', async () => {
    write('routes.yaml', route);
    const settings = write(
      'local.settings.json',
      JSON.stringify({
        Values: {
          ROUTES_FILE: 'routes.yaml',
          ALLOW: "[{ images: ['x/**'], repositories: ['**'], paths: ['**'] }]",
          AzureWebJobsStorage: 'hunter2',
          ARGOCD_SECRETS: 'hunter2',
        },
      }),
    );
    const { code, stdout, stderr } = await cli(['check', '--settings', settings, '--json'], { cwd: folder });
    expect(code).toBe(1);
    expect(`${stdout}${stderr}`).not.toContain('hunter2');
    expect(JSON.parse(stdout)).toMatchObject({
      problems: expect.arrayContaining([
        expect.objectContaining({ code: 'outside-allow', setting: 'ROUTES_FILE=routes.yaml' }),
      ]),
    });
  });

  test('reads the settings of the environment', async () => {
    expect(await cli(['check'], { env: { ROUTES: route, ROUTES__b: 'routes: {}' } })).toMatchObject({ code: 0 });
    expect(await cli(['check'])).toMatchObject({ code: 1, stdout: expect.stringContaining('setting-missing') });
  });

  test('shows captures as placeholders, in the table, in full and as JSON', async () => {
    const table = await cli(['check', 'umbrella-charts.yaml'], { cwd: examples });
    expect(table.stdout).toContain('apps/{domain}/values-dev.yaml');
    const full = await cli(['check', 'repository-per-team.yaml', '--expand'], { cwd: examples });
    const { routes } = parse(full.stdout.split('\n\n')[0] ?? '') as { routes: Record<string, unknown> };
    expect(routes['{team}/{service}']).toMatchObject({
      image: 'contoso.azurecr.io/{team}/{service}',
      where: { team: ['checkout', 'search', 'identity'] },
      environments: {
        dev: {
          repository: 'https://dev.azure.com/contoso/{team}/_git/gitops',
          update: [{ file: '{service}/dev.yaml' }],
          application: ['argocd/{team}-{service}-dev'],
        },
      },
    });
    const json = await cli(['check', 'umbrella-charts.yaml', '--expand', '--json'], { cwd: examples });
    expect(JSON.parse(json.stdout)).toMatchObject({
      routes: [
        { name: '{domain}/{service}', expanded: { environments: [{ build: { definition: '{service}-ci' } }, {}, {}] } },
      ],
    });
  });

  test('expands a pattern for the image that is asked for', async () => {
    const { stdout } = await cli(
      ['check', 'umbrella-charts.yaml', '--json', '--image', 'contoso.azurecr.io/shop/api'],
      { cwd: examples },
    );
    expect(JSON.parse(stdout)).toMatchObject({
      expanded: [{ name: 'shop/api', environments: [{ update: [{ file: 'apps/shop/values-dev.yaml' }] }, {}, {}] }],
    });
    expect(
      await cli(['check', 'umbrella-charts.yaml', '--image', 'other.azurecr.io/x'], { cwd: examples }),
    ).toMatchObject({ code: 2 });
  });
});

describe('settings', () => {
  const file = 'two-kinds-of-tags.yaml';

  test('warn of a file without routes', async () => {
    const { code, stderr } = await cli(['settings', write('empty.yaml', '\n')], { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('[no-routes]') });
  });

  const text = readFileSync(join(examples, file), 'utf8').trimEnd();

  test('prints JSON for the portal, and for programs', async () => {
    const portal = await cli(['settings', file], { cwd: examples });
    expect(JSON.parse(portal.stdout)).toEqual([{ name: 'ROUTES', value: text, slotSetting: false }]);
    expect(portal.stderr).toContain('Do not replace the whole list');
    expect(portal.stderr).toContain('infra/routes.yaml');
    const json = await cli(['settings', file, '--json', '--label', 'shop'], { cwd: examples });
    expect(JSON.parse(json.stdout)).toEqual({ name: 'ROUTES__shop', value: text });
    expect(json.stderr).toBe('');
    expect(portal.stderr.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('prints an az command whose quoting a shell undoes', async () => {
    const { stdout, stderr } = await cli(['settings', file, '--as', 'az', '--app', 'app', '--group', 'group'], {
      cwd: examples,
    });
    expect(stderr).toContain('Sets ROUTES only; other settings stay.');
    const { execFileSync } = await import('node:child_process');
    const explained = execFileSync('sh', ['-c', `az() { for last; do :; done; printf %s "$last"; }; ${stdout}`], {
      encoding: 'utf8',
    });
    expect(explained).toBe(`ROUTES=${text}`);
  });

  test('writes into a local.settings.json and leaves its other values alone', async () => {
    const target = join(folder, 'target.json');
    writeFileSync(
      target,
      JSON.stringify({ Host: { CORS: '*' }, Values: { AzureWebJobsStorage: 'hunter2', ROUTES: 'old' } }),
    );
    const { code, stdout, stderr } = await cli(['settings', file, '--as', 'local', '--file', target], {
      cwd: examples,
    });
    expect({ code, secret: `${stdout}${stderr}`.includes('hunter2') }).toEqual({ code: 0, secret: false });
    expect(JSON.parse(readFileSync(target, 'utf8'))).toEqual({
      IsEncrypted: false,
      Host: { CORS: '*' },
      Values: { AzureWebJobsStorage: 'hunter2', ROUTES: text },
    });
  });

  test('refuses routes with errors, and a label that no setting can have', async () => {
    writeFileSync(join(folder, 'bad.yaml'), 'routes: []');
    expect(await cli(['settings', 'bad.yaml'], { cwd: folder })).toMatchObject({ code: 1, stdout: '' });
    expect(await cli(['settings', file, '--label', 'a b'], { cwd: examples })).toMatchObject({ code: 1, stdout: '' });
  });
});
