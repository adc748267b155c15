import { expect, onTestFinished, test } from 'vitest';
import { deploymentTable } from '../../../src/cli/app/deployment-table.ts';
import { describeDeployment } from '../../../src/cli/app/describe-deployment.ts';
import { viewDeployment } from '../../../src/lib/deployments/deployment-view.ts';
import type { Deployment, DeploymentState } from '../../../src/lib/model/deployment.ts';
import { deploymentOf } from '../../support/gate.ts';
import { serveOnLoopback } from '../../support/loopback-server.ts';
import { cli } from '../cli.ts';

const io = { stdout: { write: () => {} }, stderr: { write: () => {} }, env: {}, cwd: '/', color: false, columns: 80 };
const view = (state: DeploymentState, details: Partial<Deployment> = {}) =>
  viewDeployment(deploymentOf('shop/api', state, details));

test('a table has 80 columns; the line below a deployment says why, or where it waits', () => {
  const reason = 'the file holds main-1242, which is newer than main-1241 by the order numeric of its environment';
  const url = 'https://dev.azure.com/contoso/platform/_git/gitops/pullrequest/7';
  const lines = deploymentTable(
    [
      view('healthy', { commit: '8d1c8b69c3fce7bea45c73efd06983e3c419a92f' }),
      view('superseded', { reason }),
      view('rejected', { code: 'path-not-found', reason: 'image.tag is not there' }),
      view('pull-request', { pullRequest: { number: 7, url } }),
      view('queued', {
        reason: 'a window is closed',
        heldUntil: '2026-11-20T11:00:00Z',
        opensAt: '2026-11-21T06:00:00Z',
      }),
      view('queued', {
        retry: { code: 'throttled', reason: 'slow down', attempt: 3, at: '2026-11-20T10:12:00Z' },
      }),
    ],
    io,
  ).split('\n');
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines[1]).toMatch(/^[0-9a-f]{8} {2}11-20 10:00 {2}shop\/api {2}dev +7 +healthy +8d1c8b69$/);
  expect(
    lines
      .slice(3, 5)
      .map((line) => line.trim())
      .join(' '),
  ).toBe(reason);
  expect(lines.filter((line) => line.startsWith('  '))).toEqual(
    expect.arrayContaining([
      `${' '.repeat(10)}path-not-found: image.tag is not there`,
      `${' '.repeat(10)}${url}`,
      `${' '.repeat(10)}attempt 3 failed, next 11-20 10:12 UTC: throttled: slow down`,
      `${' '.repeat(10)}held, opens 2026-11-21 06:00: a window is closed`,
    ]),
  );
});

test('one deployment has its links, and the reasons of its history', () => {
  const text = describeDeployment(
    view('superseded', {
      repository: 'https://github.com/contoso/gitops.git',
      commit: 'c0ffee',
      pullRequest: { number: 7, url: 'https://github.com/contoso/gitops/pull/7' },
    }),
    io,
  );
  expect(text).toContain('https://github.com/contoso/gitops/commit/c0ffee\n');
  const states = [
    { state: 'syncing', at: '2026-11-20T10:00:00Z' },
    { state: 'healthy', at: '2026-11-20T10:01:00Z', syncedBy: 'kim' },
  ] as const;
  expect(describeDeployment(view('healthy', { states }), io)).toContain('healthy (sync by kim)\n');
  expect(text).toMatch(/pull request +https:\/\/github\.com\/contoso\/gitops\/pull\/7\n/);
});

test('an id that several deployments begin with lists them', async () => {
  const deployments = [view('healthy'), view('failed')];
  const server = await serveOnLoopback((_request, response) => {
    response.writeHead(409, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ title: 'Several deployments', status: 409, detail: 'two', deployments }));
  });
  onTestFinished(() => server.close());
  const { code, stdout, stderr } = await cli(['status', 'abcd', '--url', server.url, '--key', 'key']);
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'Several deployments have an id that begins with abcd:\n' });
  expect(stdout.split('\n').filter((line) => line.includes('shop/api'))).toHaveLength(2);
});
