import { expect, onTestFinished, test } from 'vitest';
import { checkNotifications } from '../../src/cli/doctor/check-notifications.ts';
import type { UsedEnvironment } from '../../src/cli/used-environments.ts';
import { serveOnLoopback } from '../support/loopback-server.ts';

const sent = {
  'notified.notifications.argoproj.io': '{"2026-11-20T10:00:00Z:tagrelay:[1].a-b_c:tagrelay:": 1763632800}',
};
const annotated = { ...sent, 'notifications.argoproj.io/subscribe.tagrelay.tagrelay': '' };
const toOthers = { 'notified.notifications.argoproj.io': '{"x:on-deployed:[0].abc:slack:ops": 1763632800}' };

/** The findings for an Argo CD whose applications have these annotations. */
async function check(answer: readonly (object | undefined)[] | number) {
  const asked: string[] = [];
  const server = await serveOnLoopback((request, response) => {
    asked.push(request.url ?? '');
    if (typeof answer === 'number') response.writeHead(answer).end();
    else response.end(JSON.stringify({ items: answer.map((annotations) => ({ metadata: { annotations } })) }));
  });
  onTestFinished(() => server.close());
  const access = { url: server.url, publicUrl: 'https://argocd.contoso.example', token: 'secret-token' };
  const used = ['weu/argocd/shop', 'weu/argocd/cart', 'neu/argocd/shop'].map(
    (application) => ({ environment: { application: [application] } }) as unknown as UsedEnvironment,
  );
  const found = await checkNotifications(used, new Map([['weu', access]]), () => new Date('2026-11-20T12:00:00Z'));
  return { found, asked };
}

const times = (count: number, annotations: object | undefined) => Array.from({ length: count }, () => annotations);

test('a subscription for all applications is warned of above 20 that send notifications', async () => {
  const { found, asked } = await check([...times(21, sent), ...times(9, undefined)]);
  expect(found).toMatchObject([
    {
      place: 'https://argocd.contoso.example',
      findings: [{ state: 'warning', detail: expect.stringContaining('21 of 30') as unknown }],
    },
  ]);
  expect(asked).toEqual(['/api/v1/applications?fields=items.metadata.name,items.metadata.annotations']);
});

test.each([
  ['20 of them', times(20, sent)],
  ['subscriptions of their own', times(30, annotated)],
  ['notifications to others', times(30, toOthers)],
  ['a state that is not JSON', times(30, { 'notified.notifications.argoproj.io': '{' })],
])('no warning for %s', async (_name, annotations) => {
  expect((await check(annotations)).found).toMatchObject([{ findings: [{ state: 'ok' }] }]);
});

test('an Argo CD that does not answer a list is unknown', async () => {
  const { found } = await check(503);
  expect(found).toMatchObject([{ findings: [{ state: 'unknown' }] }]);
  expect(JSON.stringify(found)).not.toContain('secret-token');
});
