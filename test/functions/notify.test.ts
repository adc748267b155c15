import { expect, test } from 'vitest';
import { pushWebhook } from '../../local/webhook.ts';
import { eventually } from '../support/eventually.ts';
import { serveOnLoopback } from '../support/loopback-server.ts';
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

test('a rejected update is notified once, by the clock', async () => {
  const bodies: string[] = [];
  const server = await serveOnLoopback((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString());
      response.writeHead(202).end();
    });
  });
  const url = `${server.url}/workflows/1?sig=the-signature`;
  const platform = await testPlatform({
    routes,
    files: { 'bad.yaml': 'image: [\n', 'good.yaml': 'image: { tag: "1" }\n' },
    settings: { NOTIFY: JSON.stringify([{ kind: 'teams', url, events: ['needs-person'] }]) },
  });
  for (const repository of ['bad', 'good']) {
    await platform.post(pushWebhook({ registry: 'contoso.azurecr.io', repository, tag: '2' }, new Date()));
  }
  const runClock = () =>
    fetch(`${platform.functions}/admin/functions/clock`, {
      method: 'POST',
      headers: { 'x-functions-key': platform.key, 'content-type': 'application/json' },
      body: '{}',
    });
  await eventually(
    async () => {
      await runClock();
      expect(bodies).toHaveLength(1);
    },
    { everyMs: 300 },
  );
  for (let run = 0; run < 3; run += 1) await runClock();
  expect(bodies).toHaveLength(1);
  expect(bodies[0]).toContain('bad dev 2: rejected, needs a person (not-yaml');
  expect(JSON.stringify(platform.lines)).not.toContain('the-signature');
  await server.close();
});
