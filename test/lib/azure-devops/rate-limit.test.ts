import { expect, onTestFinished, test } from 'vitest';
import { makeDevOpsConnections } from '../../../src/lib/azure-devops/connections.ts';
import { DevOpsHttp } from '../../../src/lib/azure-devops/http.ts';
import { serveOnLoopback } from '../../support/loopback-server.ts';

const now = Date.parse('2026-11-20T10:00:00Z');
const inSeconds = (seconds: number) => String(now / 1000 + seconds);

/** Asks twice; the first answer is a 200 with these headers. */
async function askTwice(headers: Readonly<Record<string, string>>) {
  const server = await serveOnLoopback((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end('{}');
  });
  onTestFinished(() => server.close());
  const http = new DevOpsHttp({
    authorization: () => Promise.resolve('Bearer token'),
    userAgent: 'tagrelay/test',
    readTimeoutMs: 5_000,
    writeTimeoutMs: 5_000,
    now: () => new Date(now),
  });
  const get = () => http.get(`${server.url}/contoso`, { accept: 'application/json' });
  expect((await get()).message.statusCode).toBe(200);
  return get();
}

test.each([
  ['Retry-After', { 'retry-after': '17' }, 17],
  ['nothing remains: until the reset', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(9) }, 9],
  [
    'nothing remains for long: half a minute',
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(290) },
    30,
  ],
  [
    'Retry-After outranks the reset',
    { 'retry-after': '40', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(9) },
    40,
  ],
])('on a 200, %s', async (_name, headers, retryAfterSeconds) => {
  await expect(askTwice(headers)).rejects.toMatchObject({ code: 'throttled', retryAfterSeconds });
});

test.each([
  ['something remains', { 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': inSeconds(290) }],
  ['the reset is over', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(-1) }],
  ['no reset is named', { 'x-ratelimit-remaining': '0' }],
])('%s: nobody waits', async (_name, headers) => {
  expect((await askTwice(headers)).message.statusCode).toBe(200);
});

test('a wait holds for everything of its collection, and for no other', async () => {
  const server = await serveOnLoopback((request, response) => {
    const headers = request.url === '/contoso/one' ? { 'retry-after': '60' } : {};
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end('{}');
  });
  onTestFinished(() => server.close());
  const connections = makeDevOpsConnections({
    hosts: { azureDevOpsCollections: [], localEndpoints: {} },
    authorization: () => Promise.resolve('Bearer token'),
    userAgent: 'tagrelay/test',
    now: () => new Date(now),
  });
  const get = (collection: string, path: string) =>
    connections(`${server.url}/${collection}`).http.get(`${server.url}/${collection}/${path}`, {
      accept: 'application/json',
    });
  await get('contoso', 'one');
  await expect(get('contoso', 'two')).rejects.toMatchObject({ code: 'throttled', retryAfterSeconds: 60 });
  expect((await get('fabrikam', 'two')).message.statusCode).toBe(200);
});
