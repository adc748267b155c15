import { InvocationContext } from '@azure/functions';
import type { HttpRequest } from '@azure/functions';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { answerOrUnavailable, readQuery } from '../../src/functions/http.ts';
import { Failure } from '../../src/lib/model/failure.ts';

const schema = z.strictObject({ route: z.string() });
const read = (query: string) =>
  readQuery({ url: `https://contoso.example/api/x?${query}` } as HttpRequest, schema, 'Invalid query');

test('the key of the function in the query is no parameter of an endpoint', () => {
  expect(read('code=the-key%3D%3D&route=api')).toEqual({ value: { route: 'api' } });
  expect(read('route=api&code=a&code=b')).toEqual({ value: { route: 'api' } });
});

test('another parameter, and a repeated one, is a 400', () => {
  expect(read('route=api&key=x')).toMatchObject({ response: { status: 400 } });
  expect(read('route=api&route=web')).toMatchObject({ response: { status: 400 } });
});

test.each([
  [new Failure('storage-unavailable', 'down'), '30'],
  [new Failure('row-newer', 'newer', { retryAfterSeconds: 60 }), '60'],
])('a retryable failure is a 503 with the time to wait: %s', async (failure, seconds) => {
  const handler = answerOrUnavailable(() => Promise.reject(failure));
  const context = new InvocationContext({ functionName: 'test', logHandler: () => undefined });
  const answer = await handler({} as HttpRequest, context);
  expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': seconds } });
});
