import { expect, test } from 'vitest';
import { pushWebhook } from '../../local/webhook.ts';
import { commands } from '../../src/cli/commands.ts';
import { runCli } from '../../src/cli/run.ts';
import { appApi, updateOf } from '../support/app-api.ts';
import { eventually } from '../support/eventually.ts';
import { fileAtTip, testPlatform } from '../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { live: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [live]
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;

async function start() {
  const platform = await testPlatform({ routes, files: { 'api.yaml': values('1') } });
  const tagrelay = async (...argv: string[]) => {
    const output = { stdout: '', stderr: '' };
    const code = await runCli(commands, argv, {
      stdout: { write: (text) => void (output.stdout += text) },
      stderr: { write: (text) => void (output.stderr += text) },
      env: { TAGRELAY_URL: platform.functions, TAGRELAY_KEY: platform.key, TAGRELAY_ACTOR: 'kim' },
      cwd: '/',
      color: false,
      columns: 100,
    });
    return { code, ...output };
  };
  return { platform, api: appApi(platform), tagrelay };
}

test('an environment is frozen and released from the command line; its update waits in between', async () => {
  const { platform, api, tagrelay } = await start();
  const until = new Date(Date.now() + 3_600_000).toISOString().slice(0, 19) + 'Z';
  const frozen = await tagrelay('freeze', '--environment', 'live', '--until', until, '--reason', 'incident 17');
  expect(frozen).toMatchObject({ code: 0, stderr: '' });
  expect(frozen.stdout).toMatch(/^live of every route: frozen from \d\d:\d\d:\d\d UTC until /);

  await platform.post(pushWebhook({ registry: 'contoso.azurecr.io', repository: 'api', tag: '2' }, new Date()));
  const { id } = updateOf('api', 'live', 'api', '2');
  const show = () => tagrelay('status', id);
  await eventually(async () => expect((await show()).stdout).toContain('frozen until'));
  expect((await show()).stdout).toMatch(/reason +held: frozen until .* by kim \(incident 17\); opens .*\nopens +20/);
  expect((await tagrelay('status')).stdout).toMatch(/queued\n +held: frozen until .* by kim/);
  expect((await tagrelay('freeze')).stdout).toContain('live of every route: frozen until');

  const lifted = await tagrelay('unfreeze', '--environment', 'live', '--reason', 'over');
  expect(lifted).toMatchObject({ code: 0, stdout: expect.stringContaining('planned again now: 1') });
  expect((await tagrelay('freeze')).stdout).toMatch(
    /^There is no freeze.\n.*lifted +live of every route, by kim: over/,
  );
  await eventually(
    async () => {
      await fetch(`${platform.functions}/admin/functions/clock`, {
        method: 'POST',
        headers: { 'x-functions-key': platform.key, 'content-type': 'application/json' },
        body: '{}',
      });
      expect((await api.get(`deployments/${id}`)).body).toMatchObject({ state: 'committed' });
    },
    { everyMs: 500 },
  );
  expect(await fileAtTip(platform.bare, 'api.yaml')).toBe(values('2'));
});

test('a freeze that says too little is refused', async () => {
  const { api, tagrelay } = await start();
  const order = { until: '2099-01-01T00:00:00Z', reason: 'x', actor: 'kim' };
  for (const body of [
    { ...order, reason: ' ' },
    { until: order.until, reason: 'x' },
    { ...order, until: '2099-01-01T00:00:00' },
    { ...order, until: 'tomorrow' },
    { ...order, until: '2020-01-01T00:00:00Z' },
    { ...order, route: '[a]*' },
    { ...order, for: 'ever' },
  ])
    expect(await api.post('freezes', body)).toMatchObject({ status: 400 });
  expect(await api.post('freezes', { ...order, environment: 'lives' })).toMatchObject({
    status: 404,
    body: { detail: 'No route has an environment lives, did you mean `live`?' },
  });
  expect((await api.get('freezes')).body).toEqual({ freezes: [], history: [] });
  expect(await tagrelay('freeze', '--environment', 'live', '--until', '8:00', '--reason', 'x')).toMatchObject({
    code: 2,
  });
  expect(await tagrelay('unfreeze', '--environment', 'live')).toMatchObject({ code: 2 });
  expect(await tagrelay('unfreeze', '--environment', 'live', '--reason', 'x')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is no freeze.'),
  });
});
