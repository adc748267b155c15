import { expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { runCli } from '../../src/cli/run.ts';
import { eventually } from '../support/eventually.ts';
import { commitFiles, fileAtTip, testPlatform } from '../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
  seen:
    image: contoso.azurecr.io/seen
    update: [{ file: seen.yaml, helm: { tag: image.tag } }]
    environments: { dev: { delivery: observe } }
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;

async function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const output = { stdout: '', stderr: '' };
  const code = await runCli(commands, argv, {
    stdout: { write: (text) => void (output.stdout += text) },
    stderr: { write: (text) => void (output.stderr += text) },
    env,
    cwd: '/',
    color: false,
    columns: 100,
  });
  return { code, ...output };
}

test('send, status, mark and replay against the app', async () => {
  const platform = await testPlatform({
    routes,
    files: { 'api.yaml': values('1'), 'bad.yaml': 'image: [\n', 'seen.yaml': values('1') },
  });
  const env = { TAGRELAY_URL: platform.functions, TAGRELAY_KEY: platform.key };
  const tagrelay = (...argv: string[]) => run(argv, env);
  const until = (state: string, ...filter: string[]) =>
    eventually(async () => {
      const { stdout } = await tagrelay('status', '--json', ...filter);
      const found = JSON.parse(stdout) as { id: string; state: string }[];
      expect(found[0]).toMatchObject({ state });
      return found[0]?.id ?? '';
    });

  expect(await tagrelay('status')).toMatchObject({ code: 0, stdout: 'There are none.\n' });
  expect(await tagrelay('send', '--image', 'contoso.azurecr.io/api:5')).toMatchObject({ code: 0, stderr: '' });
  const five = await until('committed', '--tag', '5');
  expect(await fileAtTip(platform.bare, 'api.yaml')).toBe(values('5'));
  const [head = '', line = ''] = (await tagrelay('status')).stdout.split('\n');
  expect(head).toMatch(/^id +time \(UTC\) +route +environment +tag +state +commit$/);
  expect(line).toMatch(/^[0-9a-f]{8} +\d\d-\d\d \d\d:\d\d +api +dev +5 +committed +[0-9a-f]{8}$/);
  expect(await tagrelay('status', five)).toMatchObject({ code: 0, stdout: expect.stringContaining('api dev') });
  const [prefix = ''] = line.split(' ');
  expect((await tagrelay('status', prefix)).stdout).toMatch(
    new RegExp(`id +${five}[^]*https://dev\\.azure\\.com/contoso/platform/_git/gitops/commit/[0-9a-f]{40}\\n`),
  );

  await tagrelay('send', '--image', 'contoso.azurecr.io/bad:2');
  const bad = await until('rejected', '--route', 'bad');
  expect(await tagrelay('status', bad)).toMatchObject({ code: 1, stdout: expect.stringContaining('not-yaml') });
  await commitFiles(platform.bare, { 'bad.yaml': values('1'), 'api.yaml': values('1') }, 'mend one, revert the other');
  expect(await tagrelay('replay', '--all', '--json')).toMatchObject({ code: 0 });
  await until('committed', '--route', 'bad');

  await tagrelay('send', '--image', 'contoso.azurecr.io/api:3');
  const three = await until('superseded', '--tag', '3');
  expect((await tagrelay('status', '--route', 'api')).stdout).toMatch(
    / 3 +superseded\n {10}5 was deployed before and is newer/,
  );
  const mark = ['mark', '--route', 'api', '--environment', 'dev'];
  expect(await tagrelay(...mark)).toMatchObject({ code: 0, stdout: expect.stringContaining('5 (commit ') });
  expect(await tagrelay(...mark, '--set', '6', '--reason', 'freeze')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('6 (set by hand)'),
  });
  expect(await tagrelay(...mark, '--clear', '--reason', 'thaw')).toMatchObject({ code: 0 });
  expect((await tagrelay(...mark)).stdout).toMatch(/no mark\n.*6 → none {2}thaw\n.*5 → 6 {2}freeze\n/);
  expect(await tagrelay('replay', '--id', three)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('1 update'),
  });
  await until('committed', '--tag', '3');
  expect(await fileAtTip(platform.bare, 'api.yaml')).toBe(values('3'));

  await tagrelay('send', '--image', 'contoso.azurecr.io/seen:2');
  const seen = await until('queued', '--route', 'seen');
  await eventually(async () => expect((await tagrelay('status', seen)).stdout).toContain('\n+image: { tag: "2" }\n'));

  // What the app refuses is exit code 1.
  expect((await tagrelay('replay', '--id', '0'.repeat(32))).code).toBe(1);
  expect((await tagrelay('status', '0'.repeat(32))).code).toBe(1);
  expect((await tagrelay('mark', '--route', 'x/y', '--environment', 'dev')).code).toBe(1);
  expect((await run(['status'], { ...env, TAGRELAY_KEY: 'wrong' })).code).toBe(1);
  expect((await run(['status', '--url', platform.devops], env)).code).toBe(1);
});

test.each([
  ['send without an image', ['send']],
  ['send with a digest only', ['send', '--image', `contoso.azurecr.io/api@sha256:${'0'.repeat(64)}`]],
  ['replay of nothing', ['replay']],
  ['replay of one and all', ['replay', '--id', 'x', '--all']],
  ['replay of one in a route', ['replay', '--id', 'x', '--route', 'api']],
  ['mark without an environment', ['mark', '--route', 'api']],
  ['mark without a reason', ['mark', '--route', 'api', '--environment', 'dev', '--clear']],
  ['mark set and cleared', ['mark', '--route', 'a', '--environment', 'd', '--clear', '--set', '1', '--reason', 'r']],
  ['a reason for looking', ['mark', '--route', 'a', '--environment', 'd', '--reason', 'r']],
  ['status of two', ['status', 'a', 'b']],
  ['status of one with a filter', ['status', 'a', '--tag', '1']],
  ['status in a state that is none', ['status', '--state', 'fine']],
  ['status with a limit that is none', ['status', '--limit', '0']],
  ['no URL', ['status', '--url', '']],
  ['a URL that sends the key in the clear', ['status', '--url', 'http://contoso.example']],
  ['a URL with a key in it', ['status', '--url', 'https://contoso.example/?code=secret']],
])('%s is a wrong call', async (_name, argv) => {
  const env = { TAGRELAY_URL: 'http://127.0.0.1:9', TAGRELAY_KEY: 'key' };
  expect(await run(argv, env)).toMatchObject({ code: 2, stdout: '' });
});

test('without a key it is a wrong call; without an app behind the URL it is a failure', async () => {
  expect((await run(['status'], { TAGRELAY_URL: 'http://127.0.0.1:9' })).code).toBe(2);
  expect((await run(['status'], { TAGRELAY_URL: 'http://127.0.0.1:9', TAGRELAY_KEY: 'key' })).code).toBe(1);
});
