import { expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { runCli } from '../../src/cli/run.ts';
import { pushWebhook } from '../../local/webhook.ts';
import { appApi, updateOf } from '../support/app-api.ts';
import { eventually } from '../support/eventually.ts';
import { testPlatform } from '../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;

test('figures of a deployment, as JSON, as OpenMetrics text and as a report', async () => {
  const platform = await testPlatform({ routes, files: { 'api.yaml': 'image: { tag: "1" }\n' } });
  const api = appApi(platform);
  const headers = { 'x-functions-key': platform.key };
  await platform.post(pushWebhook({ registry: 'contoso.azurecr.io', repository: 'api', tag: '2' }, new Date()));
  const { id } = updateOf('api', 'dev', 'api', '2');
  await eventually(async () => expect((await api.get(`deployments/${id}`)).body).toMatchObject({ state: 'committed' }));
  await fetch(`${platform.functions}/admin/functions/clock`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: '{}',
  });
  const one = { deployments: 1, changes: 1, failedChanges: 0, changeFailureRate: 0, states: { committed: 1 } };
  await eventually(async () => expect((await api.get('metrics')).body).toMatchObject({ total: one }));
  // Not `1d`: the test may run over midnight.
  const { body: record } = await api.get(`deployments/${id}`);
  const { states } = record as { readonly states: readonly { readonly state: string; readonly at: string }[] };
  const day = states.find(({ state }) => state === 'committed')?.at.slice(0, 10);
  expect((await api.get(`metrics?since=${day}&until=${day}&route=api`)).body).toMatchObject({
    period: { days: 1 },
    total: { ...one, deploymentsPerDay: 1, durations: { commit: { count: 1 } } },
    environments: [{ route: 'api', environment: 'dev', ...one }],
    days: [one],
    retries: {},
    backlog: { updates: 0, messages: { work: expect.any(Number) } },
  });
  expect((await api.get('metrics?environment=prod')).body).toMatchObject({
    total: { deployments: 0 },
    environments: [],
  });
  for (const wrong of [
    '?since=yesterday',
    '?since=2026-02-30',
    '?since=0d',
    '?since=401d',
    '?since=2d&until=x',
    '?a=b',
  ]) {
    expect(await api.get(`metrics${wrong}`)).toMatchObject({ status: 400 });
  }

  const accept = 'application/openmetrics-text; version=1.0.0, text/plain;q=0.5';
  const scraped = await fetch(`${platform.functions}/api/metrics`, { headers: { ...headers, accept } });
  expect(scraped.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  const text = await scraped.text();
  expect(text).toContain('# TYPE tagrelay_deployments gauge\n');
  expect(text).toContain('tagrelay_deployments{route="api",environment="dev"} 1\n');
  expect(text.endsWith('# EOF\n')).toBe(true);
  expect((await fetch(`${platform.functions}/api/metrics`)).status).toBe(401);

  const env = { TAGRELAY_URL: platform.functions, TAGRELAY_KEY: platform.key };
  const report = async (...argv: string[]) => {
    let stdout = '';
    const io = { stdout: { write: (part: string) => void (stdout += part) }, stderr: process.stderr };
    const code = await runCli(commands, ['report', ...argv], { ...io, env, cwd: '/', color: false, columns: 100 });
    expect(code).toBe(0);
    return stdout;
  };
  expect(await report('--since', '7d')).toMatch(/7 days \(UTC\)\n\nroute .*\napi +dev +1 +0\.1 .*\nall .*\n$/);
  expect(await report('--csv')).toMatch(/^route,environment,deployments,.*\r\napi,dev,1,.*\r\nall,,1,.*\r\n$/);
});
