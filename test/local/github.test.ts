import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { pushWebhook } from '../../local/webhook.ts';
import { eventually } from '../support/eventually.ts';
import { startGitHub } from '../support/github/github.ts';
import { startGitServer } from '../support/git-server.ts';
import { fileAtTip, seedBare, temporaryFolder, testPlatform } from '../support/platform.ts';

const routes = `
defaults: { repository: https://github.com/contoso/gitops, branch: main }
routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: values.yaml, helm: { tag: image.tag } }]
    environments: { prod: { tags: { match: '^(\\d+)$', order: numeric }, pullRequest: { labels: [deploy] } } }
`;
const values = (tag: string) => `# keep me\r\nimage:\r\n    tag:   "${tag}"   # and me`;
const token = 'gh-token';

test('the app as it is deployed proposes a pushed image on GitHub, and its timer notices the merge', async () => {
  const root = await temporaryFolder();
  const bare = join(root, 'contoso/gitops.git');
  await seedBare(bare, { 'values.yaml': values('1') });
  const gitServer = await startGitServer({ root, password: token });
  onTestFinished(() => gitServer.close());
  const gitHub = await startGitHub({ repositories: { 'contoso/gitops': bare }, token });
  onTestFinished(() => gitHub.close());
  const platform = await testPlatform({
    routes,
    files: { 'README.md': 'not used' },
    settings: {
      LOCAL_ENDPOINTS: JSON.stringify({ 'https://github.com': gitServer.url, 'https://api.github.com': gitHub.url }),
      GIT_CREDENTIALS: JSON.stringify(
        Object.fromEntries([gitServer, gitHub].map(({ url }) => [new URL(url).host, token])),
      ),
    },
  });
  const until = (event: string, fields: object) =>
    eventually(() => expect(platform.lines).toContainEqual({ event, fields: expect.objectContaining(fields) }));
  const push = (tag: string) =>
    platform.post(pushWebhook({ registry: 'contoso.azurecr.io', repository: 'api', tag }, new Date()));

  expect((await push('7')).status).toBe(202);
  const url = 'https://github.com/contoso/gitops/pull/1';
  await until('pull-request', { number: '1', url, branch: 'tagrelay/api/prod', previous: '1' });
  await push('8');
  await until('pull-request', { tag: '8', number: '1' });
  expect(await fileAtTip(bare, 'values.yaml')).toBe(values('1'));
  const { pulls } = await gitHub.look('contoso', 'gitops');
  expect(pulls).toMatchObject([{ title: 'deploy(api): prod 1 → 8', labels: new Set(['deploy']) }]);

  const merged = await fetch(`${gitHub.url}/repos/contoso/gitops/pulls/1/merge`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ merge_method: 'squash' }),
  });
  expect(merged.status).toBe(200);
  expect(await fileAtTip(bare, 'values.yaml')).toBe(values('8'));
  const run = await fetch(`${platform.functions}/admin/functions/clock`, {
    method: 'POST',
    headers: { 'x-functions-key': platform.key, 'content-type': 'application/json' },
    body: '{}',
  });
  expect(run.status).toBe(202);
  await until('merged', { route: 'api', environment: 'prod', tag: '8', pullRequest: '1' });
});
