import { describe, expect, test } from 'vitest';
import type { ArgoCd } from '../../../local/argocd/argocd.ts';
import { checkout, repoURL, statusOf, until, useArgoCd } from './stage.ts';

const { start, push } = useArgoCd();

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function call(argocd: ArgoCd, path: string, token: string, body?: object): Promise<Reply> {
  const response = await fetch(`${argocd.url}/api/v1/${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${token}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Reply['body'] };
}

const accounts = [
  { name: 'reader', token: 'reader-token' },
  { name: 'deployer', token: 'deployer-token' },
  { name: 'stranger', token: 'stranger-token' },
];
const policy = `
p, role:reader, applications, get, default/*, allow
p, role:deployer, applications, sync, default/checkout-dev, allow
g, role:deployer, role:reader
g, reader, role:reader
g, deployer, role:deployer
`;
const manual = { ...checkout, syncPolicy: {} };

describe('accounts and their rights', () => {
  test('an account gets and lists what its policy allows; without a right an application is like a missing one', async () => {
    const argocd = await start('1.0.0', { accounts, policy });
    expect(await call(argocd, 'applications/checkout-dev', 'reader-token')).toMatchObject({ status: 200 });
    const denied = { status: 403, body: { error: 'permission denied', code: 7, message: 'permission denied' } };
    expect(await call(argocd, 'applications/checkout-dev', 'stranger-token')).toEqual(denied);
    expect(await call(argocd, 'applications/nothing', 'reader-token')).toEqual(denied);
    expect(await call(argocd, 'applications/nothing?project=default', 'reader-token')).toMatchObject({ status: 404 });
    expect(await call(argocd, 'applications', 'reader-token')).toMatchObject({ body: { items: [{}] } });
    expect(await call(argocd, 'applications', 'stranger-token')).toEqual({ status: 200, body: { items: [] } });
    expect(await call(argocd, 'applications', 'wrong')).toMatchObject({ status: 401, body: { code: 16 } });
    const canSync = 'account/can-i/applications/sync/default/checkout-dev';
    expect(await call(argocd, canSync, 'reader-token')).toEqual({ status: 200, body: { value: 'no' } });
    expect(await call(argocd, canSync, 'deployer-token')).toEqual({ status: 200, body: { value: 'yes' } });
  });

  test('an application of another namespace is named with it in a policy', async () => {
    const team = { ...checkout, namespace: 'team' };
    const own = [...accounts, { name: 'team', token: 'team-token' }];
    const rules = `${policy}p, team, applications, get, default/team/*, allow`;
    const argocd = await start('1.0.0', { applications: [checkout, team], accounts: own, policy: rules });
    const path = 'applications/checkout-dev?appNamespace=team';
    expect(await call(argocd, path, 'team-token')).toMatchObject({ status: 200 });
    expect(await call(argocd, 'applications/checkout-dev', 'team-token')).toMatchObject({ status: 403 });
  });

  test('a line that is no policy is refused at the start', async () => {
    await expect(start('1.0.0', { policy: 'p, reader, applications, get, allow' })).rejects.toThrow(SyntaxError);
  });
});

describe('a sync', () => {
  test('starts an operation of the account at the revision, after which the application is Synced', async () => {
    const argocd = await start('1.0.0', { accounts, policy, applications: [manual] });
    const revision = await push('1.1.0');
    await call(argocd, 'applications/checkout-dev?refresh=normal', 'deployer-token');
    expect(statusOf(argocd).sync).toEqual({ status: 'OutOfSync', revision });
    expect(statusOf(argocd)).not.toHaveProperty('operationState');
    const reply = await call(argocd, 'applications/checkout-dev/sync', 'deployer-token', { revision });
    expect(reply).toMatchObject({ status: 200, body: { operation: { initiatedBy: { username: 'deployer' } } } });
    const again = await call(argocd, 'applications/checkout-dev/sync', 'deployer-token', { revision });
    expect(again).toMatchObject({
      status: 400,
      body: { code: 9, message: expect.stringContaining('another operation') },
    });
    await until(() =>
      expect(statusOf(argocd)).toMatchObject({ sync: { status: 'Synced' }, health: { status: 'Healthy' } }),
    );
    expect(statusOf(argocd).operationState).toMatchObject({
      phase: 'Succeeded',
      operation: { initiatedBy: { username: 'deployer' }, sync: { revision } },
    });
  });

  test('is refused without the right, with a revision against automated sync, and for an unknown revision', async () => {
    const other = { ...manual, name: 'other' };
    const argocd = await start('1.0.0', { accounts, policy, applications: [checkout, other] });
    const revision = await push('1.1.0');
    expect(await call(argocd, 'applications/checkout-dev/sync', 'reader-token', {})).toMatchObject({
      status: 403,
      body: { code: 7, message: 'permission denied: applications, sync, default/checkout-dev, sub: reader' },
    });
    expect(await call(argocd, 'applications/checkout-dev/sync', 'deployer-token', { revision })).toMatchObject({
      status: 400,
      body: { code: 9, message: `Cannot sync to ${revision}: auto-sync currently set to main` },
    });
    expect(await call(argocd, 'applications/other/sync', 'admin-token', { revision: 'nothing' })).toMatchObject({
      status: 400,
      body: { code: 9, message: expect.stringContaining("unable to resolve 'nothing' to a commit SHA") },
    });
  });
});

describe('sync windows', () => {
  const always = { schedule: '* * * * *', duration: '1h', applications: ['checkout-*'] };
  /** The window of a minute that is twelve hours away. */
  const closed = { ...always, schedule: `0 ${(new Date().getUTCHours() + 12) % 24} * * *`, duration: '1m' };
  const denied = { status: 403, body: { code: 7, message: 'cannot sync: blocked by sync window' } };

  test.each([
    ['an active deny', [{ ...always, kind: 'deny' as const }], denied],
    ['an active deny with manualSync', [{ ...always, kind: 'deny' as const, manualSync: true }], { status: 200 }],
    ['an inactive allow', [{ ...closed, kind: 'allow' as const }], denied],
    ['an active allow', [{ ...always, kind: 'allow' as const }], { status: 200 }],
    ['a deny of another application', [{ ...always, kind: 'deny' as const, applications: ['x'] }], { status: 200 }],
  ])('%s and a sync by the API', async (_name, syncWindows, expected) => {
    const argocd = await start('1.0.0', { applications: [manual], projects: { default: { syncWindows } } });
    expect(await call(argocd, 'applications/checkout-dev/sync', 'admin-token', {})).toMatchObject(expected);
  });

  test('an active deny holds automated syncs, also with manualSync', async () => {
    const syncWindows = [{ ...always, kind: 'deny' as const, manualSync: true }];
    const argocd = await start('1.0.0', { projects: { default: { syncWindows } } });
    const revision = await push('1.1.0');
    await call(argocd, 'applications/checkout-dev?refresh=normal', 'admin-token');
    expect(statusOf(argocd).sync).toEqual({ status: 'OutOfSync', revision });
    expect(statusOf(argocd)).not.toHaveProperty('operationState');
  });
});

const send = (argocd: ArgoCd, branch: string, headers: Record<string, string> = { 'x-vss-activityid': 'a' }) =>
  fetch(`${argocd.url}/api/webhook`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      eventType: 'git.push',
      resource: {
        refUpdates: [{ name: `refs/heads/${branch}` }],
        repository: { remoteUrl: repoURL.replace('//', '//contoso@'), defaultBranch: 'refs/heads/main' },
      },
    }),
  });

describe("the repository's webhook", () => {
  test('refreshes every application of the repository and branch, whatever the push changed', async () => {
    const refreshed: string[] = [];
    const source = { repoURL, path: 'apps/checkout' };
    const applications = [
      checkout,
      { name: 'at-head', sources: [source] },
      { name: 'at-branch', sources: [{ ...source, targetRevision: 'refs/heads/main' }] },
      { name: 'of-other-branch', sources: [{ ...source, targetRevision: 'release' }] },
      { name: 'of-other-repository', sources: [{ ...source, repoURL: `${repoURL}-2` }] },
      { name: 'over-ssh', sources: [{ ...source, repoURL: 'git@ssh.dev.azure.com:v3/contoso/platform/gitops' }] },
    ];
    const argocd = await start('1.0.0', { applications, onRefresh: (name) => refreshed.push(name) });
    const revision = await push('1.1.0');
    expect((await send(argocd, 'main')).status).toBe(200);
    expect(refreshed).toEqual(['argocd/checkout-dev', 'argocd/at-head', 'argocd/at-branch']);
    await until(() => expect(statusOf(argocd).sync.revision).toBe(revision));
    expect((await send(argocd, 'feature')).status).toBe(200);
    expect(refreshed).toHaveLength(3);
  });

  test('answers 400 to what it does not know', async () => {
    const argocd = await start('1.0.0');
    expect((await send(argocd, 'main', {})).status).toBe(400);
  });
});
