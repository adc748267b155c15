import { expect, test } from 'vitest';
import { readMessage } from '../../../src/lib/work/message-body.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

test.each([
  ['base64 of JSON', base64('{"id":"ü"}'), { id: 'ü' }],
  ['plain JSON', '{"id":"x"}', { id: 'x' }],
  ['what the worker has parsed', { id: 'x' }, { id: 'x' }],
  ['base64 of text', base64('hello, there'), 'hello, there'],
  ['text', 'not base64, not JSON', 'not base64, not JSON'],
  ['base64 of no UTF-8', Buffer.from([0xff, 0xfe, 0xfd]).toString('base64'), '//79'],
  ['nothing', '', ''],
])('%s', (_name, message, said) => {
  expect(readMessage(message)).toEqual(said);
});
