import { getPersonalAccessTokenHandler, WebApi } from 'azure-devops-node-api';
import { describe, expect, test } from 'vitest';
import { resources } from '../../../../local/devops/resources.ts';
import { describeRequest } from '../../../../local/devops/server/received-request.ts';
import type { ReceivedRequest } from '../../../../local/devops/server/received-request.ts';
import { Router } from '../../../../local/devops/server/router.ts';
import { eventually } from '../../../support/eventually.ts';
import { testPlatform, fileAtTip } from '../../../support/platform.ts';
import { watchContract } from '../../../support/devops-contract.ts';
import { addFile, call, push, startEmulator, token, zero } from '../emulator.ts';
import { contract, problemsOf } from './contract.ts';

const push1 = {
  refUpdates: [{ name: 'refs/heads/main', oldObjectId: zero }],
  commits: [
    {
      comment: 'deploy',
      changes: [{ changeType: 2, item: { path: '/a' }, newContent: { content: 'YQ==', contentType: 1 } }],
    },
  ],
};
const headers = {
  accept: 'application/json;api-version=7.2-preview.3',
  'content-type': 'application/json; charset=utf-8',
  'x-tfs-fedauthredirect': 'Suppress',
  authorization: 'Bearer geheim',
  'user-agent': 'tagrelay/1.0.0',
};
const pushes = '/contoso/platform/_apis/git/repositories/gitops/pushes';

/** A push as the app makes it, with changes. */
function request(body: unknown = push1, more: object = {}): ReceivedRequest {
  const parts = { method: 'POST', target: pushes, resource: 'pushes', headers, ...more };
  return describeRequest({ ...parts, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) });
}

function told(received: ReceivedRequest): string {
  return problemsOf(received).join('\n');
}

test('a push is in the contract', () => {
  expect(problemsOf(request())).toEqual([]);
  expect(problemsOf(request(push1, { target: pushes.replace('/contoso/', '/tfs/Default%20Collection/') }))).toEqual([]);
});

describe('is told of', () => {
  test('a path or a method that is no request', () => {
    expect(told(request(push1, { target: `${pushes}/1/undo` }))).toContain('no request of the contract');
    expect(told(request(push1, { method: 'DELETE' }))).toContain('no request of the contract');
  });

  test('another version, or none', () => {
    const accept = 'application/json;api-version=7.2-preview.4';
    expect(told(request(push1, { headers: { ...headers, accept } }))).toContain('asks for version 7.2-preview.4');
    expect(told(request(push1, { headers: { ...headers, accept: 'application/json' } }))).toContain('version nothing');
    expect(told(request(push1, { target: `${pushes}?api-version=9.0` }))).toContain('asks for version 9.0');
  });

  test('a field that is unknown, or missing', () => {
    expect(told(request({ ...push1, repository: { id: 'x' } }))).toContain('field repository.id');
    expect(told(request({ ...push1, refUpdates: [] }))).toContain('lacks the field refUpdates[].name');
    expect(told(request({ ...push1, refUpdates: [] }))).toContain('field refUpdates[],');
    const commits = [{ ...push1.commits[0], parents: [zero] }];
    expect(told(request({ ...push1, commits }))).toContain('field commits[].parents[]');
  });

  test('an unknown parameter', () => {
    expect(told(request(push1, { target: `${pushes}?force=true` }))).toContain('query parameter force');
  });

  test('a body of another kind, or none, or one too many', () => {
    expect(told(request(''))).toContain('no body');
    expect(told(request('{'))).toContain('no JSON');
    const text = { headers: { ...headers, 'content-type': 'text/plain' } };
    expect(told(request('x', text))).toContain('brings text/plain');
    const refs = { method: 'GET', target: pushes.replace(/pushes$/, 'refs?filter=heads/main') };
    const accept = 'application/json;api-version=7.1';
    expect(told(request(push1, { ...refs, headers: { ...headers, accept } }))).toBe(
      'brings a body where there is none',
    );
  });

  test('a request that would be led to a sign-in page', () => {
    const { 'x-tfs-fedauthredirect': _suppress, authorization: _authorization, ...bare } = headers;
    expect(told(request(push1, { headers: bare }))).toContain('X-TFS-FedAuthRedirect');
    expect(told(request(push1, { headers: bare }))).toContain('does not sign in');
  });
});

test('the emulator has every request of the contract', () => {
  const router = new Router(resources);
  const served = contract
    .filter(({ method }) => method !== 'OPTIONS')
    .filter(({ method, path }) => {
      const match = router.match(path.slice(path.indexOf('/_apis/') + '/_apis/'.length).split('/'));
      return match?.resource.methods[method as 'GET'] !== undefined;
    });
  expect(served.length).toBe(contract.filter(({ method }) => method !== 'OPTIONS').length);
  expect(new Set(contract.map(({ name }) => name)).size).toBe(contract.length);
});

const received: ReceivedRequest[] = [];
const watch = watchContract();
const emulator = await startEmulator({
  onRequest: (one) => {
    received.push(one);
    watch.onRequest(one);
  },
});

describe('a listener of the emulator', () => {
  test('gets the names of fields and headers, and no secret', async () => {
    await push(emulator, zero, [addFile('/a.yaml', 'geheim')]);
    const { query, ...last } = received.at(-1) ?? {};
    expect(query).toEqual({});
    expect(last).toMatchObject({
      method: 'POST',
      path: pushes,
      resource: 'pushes',
      apiVersion: '7.1',
      headers: { authorization: 'Basic' },
      body: { kind: 'json', contentType: 'application/json', fields: expect.arrayContaining(['commits[].comment']) },
    });
    const text = JSON.stringify(last);
    expect(text).not.toContain(token);
    expect(text).not.toContain(Buffer.from('geheim').toString('base64'));
    await call(`${emulator.repository}/refs?filter=heads%2Fmain&api-version=7.1`);
    expect(received.at(-1)).toMatchObject({ query: { filter: 'heads/main' }, body: { kind: 'none' } });
  });

  test('tells the app from people', async () => {
    const api = await new WebApi(emulator.organization, getPersonalAccessTokenHandler(token)).getGitApi();
    await api.getPushes('gitops', 'platform');
    await call(`${emulator.repository}/pushes/1`);
    expect(watch.check).not.toThrow();
    await call(`${emulator.repository}/pushes/1`, undefined, { headers: { 'user-agent': 'tagrelay/1.0.0' } });
    expect(watch.check).toThrow(/GET .*\/pushes\/1 .* is no request of the contract/);
  });
});

test('what the app sends for a webhook is watched', async () => {
  const platform = await testPlatform({
    routes: `
routes:
  api:
    image: contoso.azurecr.io/api
    repository: https://dev.azure.com/contoso/platform/_git/gitops
    update: [{ file: api.yaml, helm: { tag: image.tag } }]
    environments: { dev: { tags: { match: '^(\\d+)$', order: numeric }, delivery: commit } }
`,
    files: { 'api.yaml': 'image:\n  tag: "1"\n' },
  });
  const target = { repository: 'api', tag: '2', digest: `sha256:${'a'.repeat(64)}` };
  await platform.post({
    id: '1',
    timestamp: '2026-11-20T10:00:00Z',
    action: 'push',
    target,
    request: { host: 'contoso.azurecr.io' },
  });
  await eventually(async () => expect(await fileAtTip(platform.bare, 'api.yaml')).toContain('"2"'));
  const expected = ['locations', 'repository', 'refs', 'item', 'push'];
  expect([...platform.contract.seen]).toEqual(expect.arrayContaining(expected));
});
