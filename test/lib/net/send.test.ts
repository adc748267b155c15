import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { noAnswerFailure } from '../../../src/lib/net/no-answer-failure.ts';
import { AnswerTooLarge, NoAnswer, send } from '../../../src/lib/net/send.ts';
import { eventually } from '../../support/eventually.ts';
import { serveOnLoopback } from '../../support/loopback-server.ts';

async function ask(listener: RequestListener, options: Partial<Parameters<typeof send>[0]> = {}) {
  const server = await serveOnLoopback(listener);
  onTestFinished(() => server.close());
  return send({
    method: 'GET',
    url: `${server.url}/x`,
    headers: {},
    signal: AbortSignal.timeout(5_000),
    maxBytes: 1000,
    ...options,
  });
}

const startAnswer: RequestListener = (_, response) => void response.writeHead(200).write('x');

const request = { headers: {}, method: 'GET', signal: AbortSignal.timeout(60_000), maxBytes: 10 } as const;

test('an answer of the limit is read, one byte more is not', async () => {
  expect((await ask((_, response) => response.end('x'.repeat(1000)))).body).toHaveLength(1000);
  await expect(ask((_, response) => response.end('x'.repeat(1001)))).rejects.toBeInstanceOf(AnswerTooLarge);
});

test('a body without end ends at the limit', async () => {
  let written = 0;
  let isClosed = false;
  const endless: RequestListener = (_, response) => {
    const chunk = Buffer.alloc(64 * 1024);
    const more = (): void => {
      while (!response.destroyed && response.write(chunk)) written += chunk.length;
      response.once('drain', more);
    };
    response.once('close', () => (isClosed = true));
    more();
  };
  await expect(ask(endless, { maxBytes: 256 * 1024 })).rejects.toBeInstanceOf(AnswerTooLarge);
  await eventually(() => expect(isClosed).toBe(true));
  expect(written).toBeLessThan(32 * 1024 * 1024);
});

test('the limit holds for the decompressed body', async () => {
  const body = gzipSync(Buffer.alloc(10 * 1024 * 1024));
  const listener: RequestListener = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(body);
  await expect(ask(listener, { maxBytes: 100_000 })).rejects.toBeInstanceOf(AnswerTooLarge);
});

test('a redirect is an answer: the credential does not follow it', async () => {
  const elsewhere: unknown[] = [];
  const other = await serveOnLoopback((asked, response) => {
    elsewhere.push(asked.headers.authorization);
    response.end();
  });
  onTestFinished(() => other.close());
  const { status } = await ask((_, response) => response.writeHead(307, { location: other.url }).end(), {
    headers: { authorization: 'Bearer secret' },
  });
  expect(status).toBe(307);
  expect(elsewhere).toEqual([]);
});

test('the time limit holds for the whole answer', async () => {
  await expect(ask(startAnswer, { signal: AbortSignal.timeout(100) })).rejects.toThrow('time limit');
});

test('a write is lost unless the host was never reached', async () => {
  const gone = await serveOnLoopback(startAnswer);
  await gone.close();
  const refused = await send({ ...request, url: gone.url }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(NoAnswer);
  const dropped = await ask((asked) => asked.socket.destroy()).catch((error: unknown) => error);
  expect([
    noAnswerFailure('POST /x', refused, { isWrite: true }).code,
    noAnswerFailure('POST /x', dropped, { isWrite: true }).code,
    noAnswerFailure('GET /x', dropped, { isWrite: false }).code,
  ]).toEqual(['service-unavailable', 'answer-lost', 'service-unavailable']);
});
