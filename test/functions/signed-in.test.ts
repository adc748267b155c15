import type { HttpHandler, HttpRequest, InvocationContext } from '@azure/functions';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readBody } from '../../src/functions/http.ts';
import { makeOpenEndpoint } from '../../src/functions/open-endpoints.ts';
import { forRole, makeSignIn } from '../../src/functions/signed-in.ts';
import { signedIn } from '../support/signed-in.ts';

const own = { 'x-requested-with': 'tagrelay', 'content-type': 'application/json' };
const context = { log: () => {}, warn: () => {}, info: () => {}, error: () => {} } as unknown as InvocationContext;
const bodySchema = z.strictObject({ route: z.string(), actor: z.string() });
const order: HttpHandler = async (request) => {
  const body = await readBody(request, bodySchema, 'wrong');
  return 'response' in body ? body.response : { status: 202, jsonBody: body.value };
};

function send(handler: HttpHandler, method: string, headers: Readonly<Record<string, string>>, body?: object) {
  const request = new Request('https://app.contoso.com/api/signed-in/x', {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  return handler(request as unknown as HttpRequest, context);
}

test('an order of an admin has the name of the sign-in, whatever the body says', async () => {
  const headers = { ...own, ...signedIn('kim@contoso.com', 'admin') };
  expect(await send(forRole('admin', order), 'POST', headers, { route: 'api', actor: 'lee' })).toEqual({
    status: 202,
    jsonBody: { route: 'api', actor: 'kim@contoso.com' },
  });
});

test.each([
  ['a reader', { ...own, ...signedIn('kim', 'reader') }, 403],
  ['a person without a role', { ...own, ...signedIn('kim') }, 403],
  ['no person', own, 401],
  ['a page of another site', { ...own, ...signedIn('kim', 'admin'), 'sec-fetch-site': 'cross-site' }, 403],
  ['a form of another site', { ...signedIn('kim', 'admin'), origin: 'https://evil.example' }, 403],
  ['a request without the header', signedIn('kim', 'admin'), 403],
  ['a name alone', { ...own, 'x-ms-client-principal-name': 'kim', 'x-ms-client-principal-id': '1' }, 401],
  ['a key, which only the host can check', { ...own, 'x-functions-key': 'master' }, 401],
])('%s cannot act', async (_, headers, status) => {
  const acted: string[] = [];
  const handler: HttpHandler = () => {
    acted.push('acted');
    return { status: 202 };
  };
  expect(await send(forRole('admin', handler), 'POST', headers, {})).toMatchObject({ status });
  expect(acted).toEqual([]);
});

test('a reader reads', async () => {
  const handler = forRole('reader', () => ({ status: 200 }));
  expect(await send(handler, 'GET', signedIn('kim', 'reader'))).toMatchObject({ status: 200 });
  expect(await send(handler, 'GET', signedIn('kim', 'admin'))).toMatchObject({ status: 200 });
  expect(await send(handler, 'GET', signedIn('kim'))).toMatchObject({ status: 403 });
});

test('the page learns who is signed in only where Azure signs people in', async () => {
  const headers = signedIn('kim', 'reader');
  expect(await send(makeSignIn(true), 'GET', headers)).toMatchObject({
    jsonBody: { isSetUp: true, name: 'kim', roles: ['reader'] },
  });
  expect(await send(makeSignIn(true), 'GET', {})).toMatchObject({ jsonBody: { isSetUp: true } });
  expect(await send(makeSignIn(false), 'GET', headers)).toMatchObject({ jsonBody: { isSetUp: false } });
});

test.each([true, false])('keys are checked by the host, roles below signed-in/; sign-in: %s', (hasSignIn) => {
  const registered: (readonly [string, string, string])[] = [];
  const app = {
    http: (name: string, { route = '', authLevel = '' }: { route?: string; authLevel?: string }) =>
      void registered.push([name, route, authLevel]),
  };
  const open = makeOpenEndpoint(app, hasSignIn);
  open('deployments', { route: 'deployments', level: 'function', handler: order });
  open('replay', { method: 'POST', route: 'replay', level: 'admin', handler: order });
  const withKey = [
    ['deployments', 'deployments', 'function'],
    ['replay', 'replay', 'admin'],
  ];
  expect(registered.filter(([, , level]) => level !== 'anonymous')).toEqual(withKey);
  expect(registered.filter(([, , level]) => level === 'anonymous')).toEqual(
    hasSignIn
      ? [
          ['deployments-signed-in', 'signed-in/deployments', 'anonymous'],
          ['replay-signed-in', 'signed-in/replay', 'anonymous'],
        ]
      : [],
  );
});
