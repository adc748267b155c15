import { expect, test } from 'vitest';
import { pushWebhook } from '../../local/webhook.ts';
import { eventually } from '../support/eventually.ts';
import { fileAtTip, testPlatform } from '../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main }
routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: values.yaml, helm: { tag: image.tag } }]
    environments: { prod: { tags: { match: '^(\\d+)$', order: numeric } } }
`;
const values = (tag: string) => `# keep me\r\nimage:\r\n    tag:   "${tag}"   # and me`;

test('a pushed image becomes a pull request; its merge is noticed by the timer', async () => {
  const platform = await testPlatform({ routes, files: { 'values.yaml': values('1') } });
  const until = (event: string, fields: object) =>
    eventually(() => expect(platform.lines).toContainEqual({ event, fields: expect.objectContaining(fields) }));
  const pullRequest = `${platform.devops}/contoso/platform/_apis/git/repositories/gitops/pullrequests/1?api-version=7.1`;
  const authorization = `Basic ${Buffer.from(`:${platform.key}`).toString('base64')}`;
  const push = (tag: string) =>
    platform.post(pushWebhook({ registry: 'contoso.azurecr.io', repository: 'api', tag }, new Date()));

  expect((await push('7')).status).toBe(202);
  await until('pull-request', { number: '1', branch: 'tagrelay/api/prod', previous: '1' });
  await push('8');
  await until('pull-request', { tag: '8', number: '1' });
  expect(await fileAtTip(platform.bare, 'values.yaml')).toBe(values('1'));

  const read = async (): Promise<unknown> => (await fetch(pullRequest, { headers: { authorization } })).json();
  const opened = await read();
  expect(opened).toMatchObject({ title: 'deploy(api): prod 1 → 8', status: 'active' });
  const { lastMergeSourceCommit } = opened as { lastMergeSourceCommit: object };
  const completed = await fetch(pullRequest, {
    method: 'PATCH',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({
      status: 'completed',
      lastMergeSourceCommit,
      completionOptions: { mergeStrategy: 'squash' },
    }),
  });
  expect(completed.status).toBe(200);
  await eventually(async () => expect(await read()).toMatchObject({ status: 'completed' }));
  expect(await fileAtTip(platform.bare, 'values.yaml')).toBe(values('8'));

  const run = await fetch(`${platform.functions}/admin/functions/clock`, {
    method: 'POST',
    headers: { 'x-functions-key': platform.key, 'content-type': 'application/json' },
    body: '{}',
  });
  expect(run.status).toBe(202);
  await until('merged', { route: 'api', environment: 'prod', tag: '8', pullRequest: '1' });
});
