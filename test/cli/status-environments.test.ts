import { expect, onTestFinished, test } from 'vitest';
import { serveOnLoopback } from '../support/loopback-server.ts';
import { cli } from './cli.ts';

const since = '2026-11-29T09:12:00.000Z';
const environments = [
  {
    route: 'shop/api',
    environment: 'dev',
    queued: 0,
    deployed: {
      tag: '42',
      state: 'healthy',
      since,
      drift: { value: '40', author: 'Ada', commit: 'e74139d330025078213992b2574f37b28e92cbb0', since },
    },
  },
  {
    route: 'shop/api',
    environment: 'staging',
    queued: 1,
    deployed: { tag: '41', state: 'degraded', since },
    next: {
      tag: '42',
      state: 'queued',
      since,
      reason: 'soaks in dev until 2026-11-29T10:12:00.000Z',
      heldUntil: '2026-11-29T10:12:00.000Z',
    },
  },
  {
    route: 'shop/api',
    environment: 'prod',
    queued: 3,
    deployed: { tag: '38', state: 'healthy', since },
    next: {
      tag: '41',
      state: 'queued',
      since,
      heldUntil: '2026-11-29T10:13:00.000Z',
      opensAt: '2027-01-02T07:00:00.000Z',
      reason: 'held: frozen until 2027-01-02T07:00:00Z by kim (the holidays of the whole company)',
    },
  },
  {
    route: 'shop/web',
    environment: 'prod',
    queued: 0,
    next: {
      tag: '7',
      state: 'pull-request',
      since,
      pullRequest: { number: 3, url: 'https://github.com/contoso/gitops/pull/3' },
    },
  },
  {
    route: 'shop/web',
    environment: 'old',
    queued: 0,
    configured: false,
    deployed: { tag: '6', state: 'committed', since },
    next: { tag: '7', state: 'rejected', since, code: 'taken-back', reason: 'dev no longer holds 7' },
  },
];

async function status(...args: readonly string[]) {
  const server = await serveOnLoopback((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ environments }));
  });
  onTestFinished(() => server.close());
  return cli(['status', '--environments', '--url', server.url, '--key', 'k', ...args], { columns: 80 });
}

test('status --environments shows what each holds, what waits and why, in 80 columns', async () => {
  const { code, stdout } = await status();
  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual([
    'shop/api',
    '  dev      42  healthy since 11-29 09:12 UTC',
    '           overwritten: the file holds 40, by Ada in e74139d330',
    '  staging  41  degraded since 11-29 09:12 UTC',
    '           42 queued: soaks in dev until 2026-11-29T10:12:00.000Z; next check',
    '           11-29 10:12 UTC',
    '  prod     38  healthy since 11-29 09:12 UTC',
    '           41 queued: held: frozen until 2027-01-02T07:00:00Z by kim (the',
    '           holidays of the whole company); opens 01-02 07:00 UTC; next check',
    '           11-29 10:13 UTC; 2 more queued',
    'shop/web',
    '  prod     nothing was deployed',
    '           7 pull-request: https://github.com/contoso/gitops/pull/3',
    '  old      6  committed since 11-29 09:12 UTC (not in the routes)',
    '           7 rejected: taken-back: dev no longer holds 7',
    '',
  ]);
});

test('it takes a route and an environment, and names the nearest', async () => {
  expect((await status('--route', 'shop/web', '--environment', 'old')).stdout).toMatch(/^shop\/web\n {2}old {2}6/);
  expect(JSON.parse((await status('--route', 'shop/web', '--json')).stdout)).toEqual(environments.slice(3));
  expect(await status('--route', 'shop/ap')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('did you mean `shop/api`'),
  });
  expect(await status('--environment', 'prd')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('did you mean `prod`'),
  });
});

test.each([[['a1b2']], [['--tag', '1']], [['--routes']]])('it does not go with %j', async (more) => {
  expect((await status(...more)).code).toBe(2);
});
