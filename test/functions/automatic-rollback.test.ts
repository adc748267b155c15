import { expect, test } from 'vitest';
import { git } from '../../local/git.ts';
import { pushWebhook } from '../../local/webhook.ts';
import { appApi, updateOf } from '../support/app-api.ts';
import { eventually } from '../support/eventually.ts';
import { fileAtTip, testPlatform } from '../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: api.yaml, helm: { tag: image.tag } }]
    application: weu/argocd/shop
    onFailure: revert
    environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;

/** As the shipped template renders it; the operation begins at a minute after 10:00. */
function notification(revision: string, minute: number, health: 'Healthy' | 'Degraded') {
  const at = (second: number) => `2026-11-20T10:${minute}:${second}Z`;
  return {
    application: { name: 'shop', namespace: 'argocd' },
    source: { repoURL: 'https://dev.azure.com/contoso/platform/_git/gitops', path: '.', targetRevision: 'main' },
    valueFiles: [null],
    sync: { status: 'Synced', revision },
    health: { status: health, lastTransitionTime: at(30) },
    operation: { phase: 'Succeeded', message: '', startedAt: at(10), finishedAt: at(20), revision },
    images: ['contoso.azurecr.io/api:3'],
    imagesOmitted: 0,
    reconciledAt: at(40),
  };
}

test('the app takes a degraded deployment back to the last healthy value, and shows it', async () => {
  const settings = { ARGOCD_SECRETS: '{"weu":"secret"}' };
  const platform = await testPlatform({ routes, files: { 'api.yaml': values('1') }, settings });
  const tip = async () => (await git(['rev-parse', 'main'], platform.bare)).trim();
  const until = (tag: string, expected: object) =>
    eventually(async () => {
      const { body } = await appApi(platform).get(`deployments/${updateOf('api', 'dev', 'api', tag).id}`);
      expect(body).toMatchObject(expected);
    });
  const push = async (tag: string) => {
    await platform.post(pushWebhook({ registry: 'contoso.azurecr.io', repository: 'api', tag }, new Date()));
    await until(tag, { state: 'committed' });
  };
  const tell = async (body: unknown) => {
    const answer = await fetch(`${platform.functions}/api/webhooks/argocd`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-functions-key': platform.key,
        'x-tagrelay-secret': 'secret',
      },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(202);
  };
  await push('2');
  await tell(notification(await tip(), 10, 'Healthy'));
  await until('2', { state: 'healthy' });
  await push('3');
  const three = await tip();
  await tell(notification(three, 20, 'Degraded'));
  await until('3', { state: 'rolled-back', commit: three, reason: expect.stringContaining('rolled back to 2: ') });
  expect(await fileAtTip(platform.bare, 'api.yaml')).toBe(values('2'));
  const { body } = await appApi(platform).get('deployments?tag=2&limit=1');
  expect(body).toMatchObject({
    deployments: [{ commit: await tip(), rollback: { automatic: true, of: updateOf('api', 'dev', 'api', '3').id } }],
  });
});
