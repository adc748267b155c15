import { expect, test } from 'vitest';
import { foreignReason } from '../../../src/lib/net/foreign-origin.ts';

const url = 'https://app.contoso.com/api/signed-in/rollback';
const own = { 'x-requested-with': 'tagrelay' };
const reason = (method: string, headers: Record<string, string>) =>
  foreignReason({ method, url, headers: new Headers(headers) });

test.each([
  ['GET', { 'sec-fetch-site': 'same-origin' }],
  ['GET', { 'sec-fetch-site': 'none' }],
  ['GET', {}],
  ['POST', { ...own, 'sec-fetch-site': 'same-origin', origin: 'https://app.contoso.com' }],
  ['POST', { ...own, origin: 'https://app.contoso.com' }],
  ['POST', own],
  ['DELETE', { ...own, 'sec-fetch-site': 'same-origin' }],
])('%s with %j is accepted', (method, headers) => {
  expect(reason(method, headers)).toBeUndefined();
});

test.each([
  ['POST', {}],
  ['POST', { 'x-requested-with': 'XMLHttpRequest' }],
  ['POST', { 'sec-fetch-site': 'same-origin' }],
  ['POST', { ...own, 'sec-fetch-site': 'cross-site' }],
  ['POST', { ...own, 'sec-fetch-site': 'same-site' }],
  ['POST', { ...own, 'sec-fetch-site': 'none' }],
  ['POST', { ...own, origin: 'https://evil.example' }],
  ['POST', { ...own, origin: 'https://app.contoso.com.evil.example' }],
  ['POST', { ...own, origin: 'null' }],
  ['DELETE', { 'sec-fetch-site': 'same-origin' }],
  ['GET', { 'sec-fetch-site': 'cross-site' }],
  ['GET', { 'sec-fetch-site': 'same-site' }],
  ['GET', { origin: 'https://evil.example' }],
])('%s with %j is refused', (method, headers) => {
  expect(reason(method, headers)).toEqual(expect.any(String));
});
