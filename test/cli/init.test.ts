import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cli } from './cli.ts';

const fixtures = join(import.meta.dirname, 'fixtures');
const folder = mkdtempSync(join(tmpdir(), 'tagrelay-init-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.each([
  ['umbrella', ['--checkout', 'umbrella']],
  ['kustomize', ['--checkout', 'kustomize']],
  ['folders', ['--checkout', 'folders', '--repository', 'https://contoso@dev.azure.com/contoso/team/_git/gitops']],
  ['irregular', ['--checkout', 'irregular']],
  ['pipeline', ['--checkout', 'pipeline', '--from', 'pipeline/azure-pipelines.yml']],
  ['pipeline-clone', ['--from', 'pipeline-clone.yml']],
  ['pipeline-yq', ['--from', 'pipeline-yq.yml']],
])('init on %s', (name, args) => {
  test('guesses routes that pass the check', async () => {
    const { code, stdout } = await cli(['init', ...args, '--output', '-'], { cwd: fixtures });
    expect(code).toBe(0);
    await expect(stdout).toMatchFileSnapshot(join(fixtures, 'guessed', `${name}.yaml`));
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, stdout);
    expect(await cli(['check', file])).toMatchObject({ code: 0 });
  });
});

const values = (tag: string) => `image:\n  repository: contoso.azurecr.io/shop/web\n  tag: ${tag}\n`;

describe('init', () => {
  test('writes routes.yaml, but over nothing that has a text', async () => {
    const checkout = join(folder, 'checkout');
    cpSync(join(fixtures, 'folders'), checkout, { recursive: true });
    const output = join(checkout, 'routes.yaml');
    writeFileSync(output, '');
    expect(await cli(['init', '.'], { cwd: checkout })).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(output, 'utf8')).toContain('team/{service}');
    expect(await cli(['init', '--checkout', '.'], { cwd: checkout })).toMatchObject({ code: 1 });
    expect(await cli(['init', '--checkout', '.', '--force'], { cwd: checkout })).toMatchObject({ code: 0 });
    expect(await cli(['check', 'routes.yaml'], { cwd: checkout })).toMatchObject({ code: 0 });
  });

  test('takes images of other registries where it is explained to, and says what they need', async () => {
    const { code, stdout } = await cli(['init', '--checkout', 'umbrella', '--image', 'docker.io/**', '--json'], {
      cwd: fixtures,
    });
    expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({
      code: 0,
      notes: expect.arrayContaining([expect.stringContaining('REGISTRIES')]),
    });
  });

  test('leaves out values that SOPS protects, and lists them', async () => {
    const checkout = join(folder, 'sops');
    mkdirSync(checkout);
    const sops = 'sops:\n  mac: ENC[AES256_GCM,data:Zm9v]\n';
    writeFileSync(join(checkout, 'values-dev.yaml'), `${values('1.0.0')}${sops}`);
    writeFileSync(join(checkout, 'values-test.yaml'), values('ENC[AES256_GCM,data:Zm9v]'));
    writeFileSync(join(checkout, 'values-prod.yaml'), `${values('1.0.0')}${sops}  mac_only_encrypted: true\n`);
    const { stdout } = await cli(['init', '--checkout', checkout, '--json']);
    const { routes, uncovered } = JSON.parse(stdout) as {
      routes: { environments: string[] }[];
      uncovered: { file: string; reason: string }[];
    };
    expect(routes.flatMap(({ environments }) => environments)).toEqual(['prod']);
    expect(uncovered.filter(({ reason }) => reason.includes('SOPS')).map(({ file }) => file)).toEqual([
      'values-dev.yaml',
      'values-test.yaml',
    ]);
  });

  test('never shows the token of a clone URL', async () => {
    const checkout = join(folder, 'cloned');
    cpSync(join(fixtures, 'folders'), checkout, { recursive: true });
    mkdirSync(join(checkout, '.git'));
    writeFileSync(
      join(checkout, '.git/config'),
      '[core]\n\tbare = false\n[remote "origin"]\n\turl = https://someone:hunter2@dev.azure.com/contoso/shop/_git/gitops\n',
    );
    writeFileSync(join(checkout, '.git/HEAD'), 'ref: refs/heads/trunk\n');
    const { stdout, stderr } = await cli(['init', '--checkout', checkout, '--output', '-']);
    expect(`${stdout}${stderr}`).not.toContain('hunter2');
    expect(stdout).toContain('repository: https://dev.azure.com/contoso/shop/_git/gitops #');
    expect(stdout).toContain('branch: trunk #');
  });

  test('ends with 1 where there is no image to be found', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    expect(await cli(['init', '--checkout', empty])).toMatchObject({ code: 1, stdout: '' });
  });
});
