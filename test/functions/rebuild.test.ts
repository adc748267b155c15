import { expect, test } from 'vitest';
import { pushWebhook } from '../../local/webhook.ts';
import { commands } from '../../src/cli/commands.ts';
import { runCli } from '../../src/cli/run.ts';
import { makeTableStore } from '../../src/lib/deployments/table-store.ts';
import { makeTableRows } from '../../src/lib/storage/table-rows.ts';
import { appApi, updateOf } from '../support/app-api.ts';
import { eventually } from '../support/eventually.ts';
import { commitCount, commitFiles, testPlatform } from '../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  'shop/{service}':
    image: contoso.azurecr.io/shop/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
  'team/{team}':
    image: contoso.azurecr.io/team/{team}
    repository: https://dev.azure.com/contoso/platform/_git/gitops-{team}
    update: [{ file: app.yaml, helm: { tag: image.tag } }]
    environments: [dev]
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;
const key = { route: 'shop/api', environment: 'dev' };

test('after storage was lost, `tagrelay rebuild` restores marks and records, and a late event commits nothing', async () => {
  const platform = await testPlatform({ routes, files: { 'api.yaml': values('1') } });
  const api = appApi(platform);
  const five = updateOf('shop/api', 'dev', 'shop/api', '5');
  const push = () =>
    platform.post(pushWebhook({ registry: 'contoso.azurecr.io', repository: 'shop/api', tag: '5' }, new Date()));
  const isCommitted = async () =>
    expect((await api.get(`deployments/${five.id}`)).body).toMatchObject({ state: 'committed' });
  await push();
  await eventually(isCommitted);
  await commitFiles(platform.bare, { 'api.yaml': values('1') }, 'Revert to 1');
  const commits = await commitCount(platform.bare);
  const settings = { AzureWebJobsStorage: platform.storage };
  while ((await makeTableRows(settings).removeUnchanged('', new Date(Date.now() + 60_000), 1_000)) > 0);

  const tagrelay = async (...argv: string[]) => {
    const output = { stdout: '', stderr: '' };
    const code = await runCli(commands, argv, {
      stdout: { write: (text) => void (output.stdout += text) },
      stderr: { write: (text) => void (output.stderr += text) },
      env: { TAGRELAY_URL: platform.functions, TAGRELAY_KEY: platform.key },
      cwd: '/',
      color: false,
      columns: 100,
    });
    return { code, ...output };
  };
  expect(await tagrelay('rebuild')).toEqual({
    code: 1,
    stdout: 'shop/api dev: mark 5, 1 record restored\n',
    stderr: expect.stringMatching(
      /^not read: team\/\{team\} dev https:.*: its repository or branch depends on the image/,
    ),
  });
  expect(await tagrelay('rebuild', '--route', 'shop/api', '--json')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('"records": 0'),
  });
  expect((await tagrelay('rebuild', '--route', 'shop')).code).toBe(1);
  expect(await makeTableStore(makeTableRows(settings)).findMark(key)).toMatchObject({ tag: '5' });
  await isCommitted();
  await push();
  await eventually(async () => expect(await api.count('work')).toBe(0));
  expect(await commitCount(platform.bare)).toBe(commits);
});

test('a request with other fields, or another cursor, is a 400; another environment a 404', async () => {
  const api = appApi(await testPlatform({ routes, files: { 'api.yaml': values('1') } }));
  expect(await api.post('rebuild', { all: true })).toMatchObject({ status: 400 });
  expect(await api.post('rebuild', { from: 'x' })).toMatchObject({
    status: 400,
    body: { title: 'Invalid rebuild request' },
  });
  expect(await api.post('rebuild', { ...key, environment: 'prod' })).toMatchObject({ status: 404 });
});
