import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeDevOpsConnections } from '../../../src/lib/azure-devops/connections.ts';
import { personalAccessToken } from '../../../src/lib/azure-devops/token.ts';
import { makeRepositories } from '../../../src/lib/git/repositories.ts';
import type { OpenRepository } from '../../../src/lib/git/repositories.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import { serveOnLoopback } from '../../support/loopback-server.ts';
import type { LoopbackServer } from '../../support/loopback-server.ts';

const chunk = Buffer.alloc(1024 * 1024, ' ');
let server: LoopbackServer;
let sent = 0;
beforeAll(async () => {
  server = await serveOnLoopback((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': contentType(request.url ?? '') });
    pour(response);
  });
});
afterAll(() => server.close());

function contentType(url: string): string {
  if (url.includes('service=')) return 'application/x-git-upload-pack-advertisement';
  return url.includes('/items') ? 'application/octet-stream' : 'application/json';
}

/** Sends as fast as the other side reads. */
function pour(response: ServerResponse): void {
  while (!response.destroyed && response.write(chunk)) sent += chunk.length;
  if (!response.destroyed) response.once('drain', () => pour(response));
}

const now = () => new Date();

function open(url: string): OpenRepository {
  const hosts = {
    azureDevOpsCollections: [],
    localEndpoints: Object.fromEntries(
      ['https://dev.azure.com/contoso', 'https://github.com', 'https://api.github.com'].map((one) => [one, server.url]),
    ),
  };
  const userAgent = 'test';
  const { host } = new URL(server.url);
  return makeRepositories({
    hosts,
    connections: makeDevOpsConnections({ hosts, authorization: personalAccessToken('token'), userAgent, now }),
    gitCredentials: new Map([[host, { username: 'a', password: 'b' }]]),
    gitAuthor: { name: 'a', email: 'a@contoso.example' },
    userAgent,
    now,
  }).open(url);
}

const azure = 'https://dev.azure.com/contoso/platform/_git/gitops';
const gitHub = 'https://github.com/contoso/gitops';
const commit = 'c'.repeat(40);

test.each<[string, string, (opened: OpenRepository) => Promise<unknown> | undefined]>([
  ['the tip of Azure Repos', azure, ({ repository }) => repository.tip('main')],
  ['a file of Azure Repos', azure, ({ repository }) => repository.read(commit, ['a.yaml'])],
  ['a pull request of Azure Repos', azure, ({ pullRequests }) => pullRequests?.get(1)],
  ['the tip over smart HTTP', gitHub, ({ repository }) => repository.tip('main')],
  ['a pull request of GitHub', gitHub, ({ pullRequests }) => pullRequests?.get(1)],
])('%s: an answer without end is a failure, and costs no more than the limit', async (_name, url, ask) => {
  sent = 0;
  const before = process.memoryUsage().rss;
  const error: unknown = await ask(open(url))?.then(
    () => 'an answer',
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(Failure);
  expect(sent).toBeLessThan(96 * 1024 * 1024);
  expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1024 * 1024);
});
