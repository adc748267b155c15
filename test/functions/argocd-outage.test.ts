import type { ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { pushWebhook } from '../../local/webhook.ts';
import { eventually } from '../support/eventually.ts';
import { serveOnLoopback } from '../support/loopback-server.ts';
import { testPlatform } from '../support/platform.ts';

const ways: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  hangs: () => undefined,
  breaks: (response) => response.destroy(),
  s401: (response) => response.writeHead(401).end('{"message":"invalid session"}'),
  s403: (response) => response.writeHead(403).end('{"message":"permission denied"}'),
  s404: (response) => response.writeHead(404).end('{"message":"not found"}'),
  s429: (response) => response.writeHead(429, { 'retry-after': '999999' }).end(),
  html: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>sign in</html>'),
  redirects: (response) => response.writeHead(302, { location: '/elsewhere' }).end(),
};
const services = [...Object.keys(ways), 'without'];
const token = 'the-account-token';
const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
${services
  .map(
    (name) =>
      `  ${name}: { image: contoso.azurecr.io/${name}, update: [{ file: ${name}.yaml, helm: { tag: image.tag } }], environments: [dev]${
        name === 'without' ? '' : `, application: ${name}/argocd/shop`
      } }\n`,
  )
  .join('')}`;

test('an Argo CD that hangs or answers anything slows nothing else down; its token follows no redirect and is in no log', async () => {
  const asked: string[] = [];
  const settings: Record<string, string> = {};
  for (const [name, answer] of Object.entries(ways)) {
    const server = await serveOnLoopback(({ url, headers }, response) => {
      asked.push(`${name} ${url} ${headers.authorization}`);
      answer(response);
    });
    onTestFinished(() => server.close());
    settings[`ARGOCD_URL__${name}`] = server.url;
    settings[`ARGOCD_TOKEN__${name}`] = `${token}-${name}`;
  }
  const files = Object.fromEntries(services.map((name) => [`${name}.yaml`, 'image: { tag: "1" }\n']));
  const platform = await testPlatform({ routes, files, settings });
  for (const tag of ['2', '3']) {
    const startedAt = Date.now();
    await Promise.all(
      services.map((repository) =>
        platform.post(pushWebhook({ registry: 'contoso.azurecr.io', repository, tag }, new Date())),
      ),
    );
    await eventually(() => {
      const committed = platform.lines.filter(({ event, fields }) => event === 'committed' && fields['tag'] === tag);
      expect(new Set(committed.map(({ fields }) => fields['route']))).toEqual(new Set(services));
    });
    // No delivery waited for a time limit of Argo CD, which is 10 s or more.
    expect(Date.now() - startedAt).toBeLessThan(10_000);
  }
  const names = Object.keys(ways);
  await eventually(() => expect(new Set(asked.map((line) => line.split(' ')[0]))).toEqual(new Set(names)));
  // Each Argo CD gets its own token.
  for (const line of asked) expect(line).toContain(`Bearer ${token}-${line.split(' ')[0]}`);
  expect(asked.filter((line) => line.includes('elsewhere'))).toEqual([]);
  await eventually(() => {
    const failed = platform.lines.filter(({ event }) => event === 'argocd-not-refreshed');
    const instances = failed.map(({ fields }) => fields['application']?.split('/')[0]);
    expect(instances).toEqual(expect.arrayContaining(names.filter((one) => one !== 'hangs')));
  });
  expect(JSON.stringify(platform.lines)).not.toContain(token);
});
