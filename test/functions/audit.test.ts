import type { HttpRequest, InvocationContext } from '@azure/functions';
import { expect, test } from 'vitest';
import { makeAudited } from '../../src/functions/audit.ts';
import { pushWebhook } from '../../local/webhook.ts';
import { commands } from '../../src/cli/commands.ts';
import { runCli } from '../../src/cli/run.ts';
import { appApi, updateOf } from '../support/app-api.ts';
import { eventually } from '../support/eventually.ts';
import { signedIn } from '../support/signed-in.ts';
import { testPlatform } from '../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;

test('every transition and every act of a person is in the audit, once', async () => {
  const platform = await testPlatform({ routes, files: { 'api.yaml': 'image: { tag: "1" }\n' } });
  const api = appApi(platform);
  const headers = { 'x-functions-key': platform.key, 'content-type': 'application/json' };
  const post = (path: string, body: object, method: 'POST' | 'DELETE' = 'POST', more = {}) => {
    const init = { method, headers: { ...headers, ...more }, body: JSON.stringify(body) };
    return fetch(`${platform.functions}/api/${path}`, init);
  };
  await platform.post(pushWebhook({ registry: 'contoso.azurecr.io', repository: 'api', tag: '2' }, new Date()));
  const { id } = updateOf('api', 'dev', 'api', '2');
  await eventually(async () => expect((await api.get(`deployments/${id}`)).body).toMatchObject({ state: 'committed' }));
  const key = { route: 'api', environment: 'dev' };
  // No sign-in is configured, so this header proves nothing.
  const forged = signedIn('mallory@contoso.com', 'admin');
  expect((await post('mark', { ...key, tag: '9', reason: 'freeze', actor: 'kim' }, 'POST', forged)).status).toBe(200);
  const order = { ...key, tag: '8', reason: 'mine', actor: 'mallory' };
  expect((await post('signed-in/mark', order, 'POST', { ...forged, 'x-requested-with': 'tagrelay' })).status).toBe(404);
  const signIn = await fetch(`${platform.functions}/api/sign-in`, { headers: forged });
  expect(await signIn.json()).toEqual({ isSetUp: false });
  expect((await post('mark', { ...key, tag: '9', clear: true, reason: 'both' })).status).toBe(400);
  expect((await post('rollback', { ...key, reason: 'try', actor: 'kim', to: '7' })).status).toBe(404);
  expect((await post('replay', { id, reason: 'again', actor: 'lee' })).status).toBe(202);
  const until = '2099-01-01T00:00:00Z';
  expect((await post('freezes', { environment: 'dev', until, reason: 'audit', actor: 'kim' })).status).toBe(200);
  expect((await post('freezes', { environment: 'dev', reason: 'over', actor: 'kim' }, 'DELETE')).status).toBe(200);

  const listed = async () => {
    for (let run = 0; run < 2; run += 1) {
      await fetch(`${platform.functions}/admin/functions/clock`, { method: 'POST', headers, body: '{}' });
    }
    const { body } = await api.get(`audit?since=1d&limit=1000`);
    return (body as { readonly entries: readonly Record<string, unknown>[] }).entries.toReversed();
  };
  const transitions = async () =>
    (await listed()).filter(({ deployment, kind }) => deployment === id && kind === 'transition');
  await eventually(async () => expect(await transitions()).toHaveLength(2), { everyMs: 200 });
  expect(await transitions()).toMatchObject([
    { state: 'queued', actor: 'registry contoso.azurecr.io', cause: 'push', tag: '2', route: 'api' },
    { from: 'queued', state: 'committed', actor: 'tagrelay', commit: expect.stringMatching(/^[0-9a-f]{40}$/) },
  ]);
  expect((await listed()).filter(({ kind }) => kind === 'act')).toMatchObject([
    { act: 'mark', ...key, tag: '9', actor: 'kim', by: 'key', reason: 'freeze' },
    { act: 'replay', deployment: id, actor: 'lee', reason: 'again' },
    { act: 'freeze', environment: 'dev', actor: 'kim', reason: 'audit' },
    { act: 'unfreeze', environment: 'dev', actor: 'kim', reason: 'over' },
  ]);
  expect((await api.get('audit?limit=1')).body).toMatchObject({ entries: [{}], next: expect.any(String) });
  expect((await api.get('audit?route=other')).body).toMatchObject({ entries: [] });
  expect(await api.get('audit?limit=0')).toMatchObject({ status: 400 });

  const env = { TAGRELAY_URL: platform.functions, TAGRELAY_KEY: platform.key };
  let stdout = '';
  const io = { stdout: { write: (part: string) => void (stdout += part) }, stderr: process.stderr };
  const argv = ['audit', '--since', '1d', '--csv'];
  expect(await runCli(commands, argv, { ...io, env, cwd: '/', color: false, columns: 100 })).toBe(0);
  expect(stdout).toMatch(/^at,kind,route,.*\r\n/);
  expect(stdout).toMatch(/,act,api,dev,9,mark,,,,kim,key,,freeze,,\r\n/);
});

test('the person who signed in counts before the name in the order; a dry run is no act', async () => {
  const at = '2026-11-20T10:00:00.000Z';
  const recorded: unknown[] = [];
  const recordAct = (act: unknown) => Promise.resolve(void recorded.push(act));
  const audited = makeAudited({ audit: { recordAct }, now: () => new Date(at), newId: () => 'a', hasSignIn: true });
  const handler = audited('rollback', () => ({ status: 200 }));
  const send = (body: object) => {
    const headers = new Headers(signedIn('kim@contoso.com', 'admin'));
    const request = { headers, clone: () => ({ text: () => Promise.resolve(JSON.stringify(body)) }) };
    return handler(request as unknown as HttpRequest, {} as InvocationContext);
  };
  await send({ route: 'api', environment: 'dev', reason: 'try', actor: 'lee', dryRun: true });
  expect(recorded).toEqual([]);
  await send({ route: 'api', environment: 'dev', reason: 'errors', actor: 'lee', to: '4' });
  expect(recorded).toEqual([
    {
      kind: 'act',
      at,
      act: 'rollback',
      route: 'api',
      environment: 'dev',
      tag: '4',
      reason: 'errors',
      actor: 'kim@contoso.com',
      by: 'sign-in',
    },
  ]);
});
