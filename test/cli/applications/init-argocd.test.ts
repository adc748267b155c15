import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli } from '../cli.ts';
import { applicationOf } from './shapes.ts';

const api = 'contoso.azurecr.io/shop/api';
const source = { path: 'api', helm: { valueFiles: ['dev.yaml'] } };
const asked: { readonly url: string | undefined; readonly authorization: string | undefined }[] = [];
let answer: { readonly status: number; readonly body: string; readonly location?: string };

const server = createServer((request, response) => {
  asked.push({ url: request.url, authorization: request.headers.authorization });
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    ...(answer.location !== undefined && { location: answer.location }),
  });
  response.end(answer.body);
});
let url = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

const items = [applicationOf({ name: 'api-dev', images: [`${api}:1`], source })];

test('plan --argocd shows the applications that a change reaches', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tagrelay-plan-argocd-'));
  mkdirSync(join(folder, 'gitops/api'), { recursive: true });
  writeFileSync(join(folder, 'gitops/api/dev.yaml'), `image: { repository: ${api}, tag: '1' }\n`);
  answer = { status: 200, body: JSON.stringify({ items }) };
  const given = { cwd: folder, env: { ARGOCD_TOKEN: 'secret' } };
  expect(await cli(['init', '--argocd', url, '--checkout', 'gitops'], given)).toMatchObject({ code: 0 });
  const { stdout } = await cli(
    ['plan', '--routes', 'routes.yaml', '--checkout', 'gitops', '--image', `${api}:2`, '--argocd', url],
    given,
  );
  rmSync(folder, { recursive: true });
  expect(stdout).toContain('image.tag: 1 → 2\n    argocd/api-dev changes, runs 1\n');
});

describe('init --argocd', () => {
  test('asks once for the applications, with the token', async () => {
    asked.length = 0;
    answer = { status: 200, body: JSON.stringify({ metadata: {}, items }) };
    const { code, stdout } = await cli(['init', '--argocd', url, '--output', '-'], { env: { ARGOCD_TOKEN: 'secret' } });
    expect(code).toBe(0);
    expect(stdout).toContain("application: 'argocd/api-{environment}'");
    expect(asked).toEqual([{ url: '/api/v1/applications', authorization: 'Bearer secret' }]);
  });

  test('takes the token of a named Argo CD, and its name in the routes', async () => {
    answer = { status: 200, body: JSON.stringify({ items }) };
    const { stdout } = await cli(['init', '--argocd', `weu-1=${url}/`, '--output', '-'], {
      env: { ARGOCD_TOKEN: 'other', ARGOCD_TOKEN__weu_1: 'secret' },
    });
    expect(stdout).toContain("application: 'weu-1/argocd/api-{environment}'");
    expect(asked.at(-1)?.authorization).toBe('Bearer secret');
  });

  test('an account that may see no application has nothing to write', async () => {
    answer = { status: 200, body: '{"metadata":{},"items":null}' };
    expect(await cli(['init', '--argocd', url], { env: { ARGOCD_TOKEN: 'secret' } })).toMatchObject({ code: 1 });
  });

  test.each([
    ['401', { status: 401, body: '{"message":"no session information"}' }, 'answered 401'],
    ['a redirect, which is not followed', { status: 302, body: '', location: 'https://login.example/' }, 'Redirects'],
    ['HTML', { status: 200, body: '<html></html>' }, 'answered no JSON'],
    ['another API', { status: 200, body: '{"swagger":"2.0"}' }, 'has no Applications'],
  ])('fails on %s', async (_, given, message) => {
    answer = given;
    const { code, stderr } = await cli(['init', '--argocd', url], { env: { ARGOCD_TOKEN: 'secret' } });
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('secret');
  });

  test.each([
    ['no token', 'URL', {}, 'in ARGOCD_TOKEN'],
    ['no token of the named one', 'weu=URL', { ARGOCD_TOKEN: 'secret' }, 'in ARGOCD_TOKEN__weu'],
    ['a plain http host', 'http://argocd.contoso.com', { ARGOCD_TOKEN: 'secret' }, 'expected the https URL'],
    [
      'the token of another Argo CD',
      'URL',
      { ARGOCD_TOKEN: 'secret', ARGOCD_URL: 'https://argocd.contoso.com' },
      'is the token of ARGOCD_URL',
    ],
  ])('sends no request with %s', async (_, given, env, message) => {
    asked.length = 0;
    const { code, stderr } = await cli(['init', '--argocd', given.replace('URL', url)], { env });
    expect({ code, stderr, asked }).toEqual({ code: 2, stderr: expect.stringContaining(message), asked: [] });
  });
});
