import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildApp } from '../../tools/build.ts';
import { commands } from '../../src/cli/commands.ts';
import { cli } from './cli.ts';

const routes = join(import.meta.dirname, '../../docs/examples/two-kinds-of-tags.yaml');

describe('help', () => {
  test.each(commands.map(({ name }) => name))('%s explains itself and each of its options', async (name) => {
    const { code, stdout, stderr } = await cli([name, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const options = Object.keys(commands.find((command) => command.name === name)?.options ?? {});
    expect(options.filter((option) => !stdout.includes(`--${option}`))).toEqual([]);
    expect(options).toContain('json');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  test('lists the commands', async () => {
    const { code, stdout } = await cli(['--help']);
    expect(code).toBe(0);
    expect(commands.filter(({ name }) => !stdout.includes(`  ${name} `))).toEqual([]);
  });
});

describe('wrong calls end with code 2, on stderr alone and without a stack', () => {
  test.each([
    [[]],
    [['chek']],
    [['check', '--nothing']],
    [['check', 'nowhere.yaml']],
    [['check', '--settings', 'nowhere.json']],
    [['init']],
    [['init', '--checkout', 'nowhere']],
    [['settings']],
    [['settings', 'a', 'b']],
    [['settings', routes, '--json', '--as', 'local']],
    [['settings', routes, '--as', 'local', '--file', '.']],
    [['settings', routes, '--as', 'local', '--file', 'nowhere/x.json']],
    [['init', '--from', 'fixtures/broken-pipeline.yml', '--output', '-']],
    [['plan']],
    [['plan', '.', '--image', 'contoso.azurecr.io/a:1']],
    [['init', '.', '--checkout', '.']],
    [['plan', '--environment', 'dev', '--environment', 'prod']],
    [['check', '--json', '--json', 'docs/examples/two-kinds-of-tags.yaml']],
  ])('%j', async (args) => {
    const { code, stdout, stderr } = await cli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test.each([
    [['check', '.'], /the routes file .* is a folder; expected a file\n/],
    [['check', 'fixtures/binary.yaml'], /the routes file .* is not text; expected a file in UTF-8\n/],
    [['check', '--expnd'], /there is no option `--expnd`, did you mean `--expand`\?\n/],
    [['chek'], /there is no command `chek`, did you mean `check`\?\n/],
    [['init', 'nowhere'], /nowhere; expected a folder\n/],
    [['plan', '.', '--routes', '.', '--image', 'contoso.azurecr.io/a:1'], /is a folder; expected a file\n/],
    [['plan', 'contoso.azurecr.io/a:1'], /is an image; expected --image contoso.azurecr.io\/a:1/],
    [['plan', '--routes', routes, '--image', 'contoso.azurecr.io/a:1'], /expected the folder of a checkout/],
  ])('%j: one line that says what to give instead', async (args, expected) => {
    const { code, stderr } = await cli(args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(expected) });
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
  });

  test('DEBUG adds the stack', async () => {
    const { stderr } = await cli(['check', 'nowhere.yaml'], { env: { DEBUG: '1' } });
    expect(stderr).toMatch(/^\s+at /m);
  });
});

describe('the bundle', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tagrelay-cli-'));
  beforeAll(async () => await buildApp(folder));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('runs by itself', () => {
    const stdout = execFileSync(join(folder, 'cli.js'), ['check', '--json', 'docs/examples/two-kinds-of-tags.yaml'], {
      cwd: join(import.meta.dirname, '../..'),
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    });
    expect(JSON.parse(stdout)).toMatchObject({ routes: [{ name: 'shop' }] });
  });

  test('exits with the code of the command', () => {
    expect(spawnSync(join(folder, 'cli.js'), ['nothing']).status).toBe(2);
  });
});

test('--version is that of the package', async () => {
  const { code, stdout } = await cli(['--version']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
