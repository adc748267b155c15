import type { HttpRequest } from '@azure/functions';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readQuery } from '../../src/functions/http.ts';

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
