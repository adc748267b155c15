import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { cli } from '../cli.ts';

async function statusAt(status: number, body: string): Promise<{ readonly code: number; readonly stderr: string }> {
  const server = createServer((_, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await cli(['status', '--url', `http://127.0.0.1:${(server.address() as AddressInfo).port}`, '--key', 'k']);
  } finally {
    server.close();
  }
}

test.each([
  [302, '', 'another page answers for it, such as a sign-in'],
  [401, '', 'refuses the key (401)'],
  [403, '<h1>stopped</h1>', 'its network rules refuse this machine, or the app is stopped'],
  [404, 'nope', 'tagrelay is not at this URL'],
  [500, '{"error":"boom"}', 'see the Log stream of the app'],
  [503, 'not running', 'try again in a minute'],
  [200, '<html>Sign in</html>', 'answers, but not as tagrelay does; expected the URL of the app'],
])('an answer of %i that is not of tagrelay: one line with the cause', async (status, body, cause) => {
  const { code, stderr } = await statusAt(status, body);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(cause) });
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});
