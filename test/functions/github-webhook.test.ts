import { createHmac } from 'node:crypto';
import { HttpRequest, InvocationContext } from '@azure/functions';
import { expect, test } from 'vitest';
import { makeGitHubWebhook } from '../../src/functions/github-webhook.ts';
import { isSignedBy } from '../../src/lib/intake/github-push.ts';
import { makeRefreshOnGitPush } from '../../src/lib/in-force/refresh-on-git-push.ts';
import type { JobContext } from '../../src/lib/work/worker.ts';
import type { Job } from '../../src/lib/work/envelope.ts';

const secrets = ['the-new-secret', 'the-old-secret'];
const url = 'https://github.com/Contoso/routes';
const push = {
  ref: 'refs/heads/main',
  before: '0'.repeat(40),
  after: 'a'.repeat(40),
  repository: { id: 1, full_name: 'Contoso/routes', html_url: url, default_branch: 'main' },
  commits: [],
};

function sign(body: string, secret = 'the-old-secret'): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

async function receive(
  body: string,
  headers: Readonly<Record<string, string>> = {},
  deps: { readonly secrets?: readonly string[]; readonly takesPushes?: boolean } = {},
) {
  const sent: Job[] = [];
  const handler = makeGitHubWebhook({ send: async (job) => void sent.push(job), secrets, takesPushes: true, ...deps });
  const request = new HttpRequest({
    method: 'POST',
    url: 'https://app.example/api/webhooks/github',
    headers: { 'x-github-event': 'push', 'x-github-delivery': 'd1', 'x-hub-signature-256': sign(body), ...headers },
    body: { string: body },
  });
  const answer = await handler(request, new InvocationContext({ logHandler: () => {} }));
  return { status: (answer as { readonly status: number }).status, sent };
}

test('the signature of the example of GitHub', () => {
  const body = Buffer.from('Hello, World!');
  const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  expect(isSignedBy(body, signature, ["It's a Secret to Everybody"])).toBe(true);
  expect(isSignedBy(body, signature.replace('7', '8'), ["It's a Secret to Everybody"])).toBe(false);
});

test('a push that any of the secrets signed is stored', async () => {
  for (const secret of secrets) {
    const body = JSON.stringify(push);
    const { status, sent } = await receive(body, { 'x-hub-signature-256': sign(body, secret) });
    expect(status).toBe(202);
    const stored = { eventId: 'd1', repository: url, branch: 'main', defaultBranch: 'main' };
    expect(sent).toEqual([{ kind: 'git-push', body: stored }]);
  }
});

test.each<[string, number, string, Record<string, string>, Parameters<typeof receive>[2]]>([
  ['another secret', 403, JSON.stringify(push), { 'x-hub-signature-256': sign(JSON.stringify(push), 'wrong') }, {}],
  ['a changed body', 403, JSON.stringify(push), { 'x-hub-signature-256': sign('{}') }, {}],
  ['no signature', 403, JSON.stringify(push), { 'x-hub-signature-256': '' }, {}],
  ['an app without a secret', 403, JSON.stringify(push), {}, { secrets: [] }],
  ['a body of more than 1 MiB', 413, ' '.repeat(1024 * 1024 + 1), {}, {}],
  ['a form instead of JSON', 400, 'payload=%7B%7D', {}, {}],
  ['a repository without an address', 400, JSON.stringify({ ...push, repository: {} }), {}, {}],
  ['a ping', 200, '{"zen":"x"}', { 'x-github-event': 'ping' }, {}],
  ['another event', 200, '{}', { 'x-github-event': 'issues' }, {}],
  ['a tag', 200, JSON.stringify({ ...push, ref: 'refs/tags/v1' }), {}, {}],
  ['an app without ROUTES_FROM', 200, JSON.stringify(push), {}, { takesPushes: false }],
])('%s is answered %i and stores nothing', async (_, status, body, headers, deps) => {
  expect(await receive(body, headers, deps)).toEqual({ status, sent: [] });
});

test.each([
  ['the branch of a source', { repository: url, branch: 'main' }, true],
  ['another name of the repository', { repository: 'https://github.com/contoso/Routes.git' }, true],
  ['another branch', { repository: url, branch: 'live' }, false],
  ['a branch that is not the default', { repository: url }, false, { branch: 'feature' }],
  ['another repository', { repository: 'https://github.com/contoso/routes2' }, false],
  ['another host', { repository: 'https://github.contoso.com/contoso/routes' }, false],
])('a push to %s', async (_, source, isRead, more: object = {}) => {
  const reads: string[] = [];
  const handler = makeRefreshOnGitPush({ sources: [source], refresh: async () => void reads.push('read') });
  const context = { log: () => {} } as unknown as JobContext;
  await handler.run({ eventId: 'd1', repository: url, branch: 'main', defaultBranch: 'main', ...more }, context);
  expect(reads).toHaveLength(isRead ? 1 : 0);
});
