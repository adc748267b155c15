import { expect, test } from 'vitest';
import type { MissedPush } from '../../../src/lib/deployments/missed-pushes.ts';
import { makeFollowMissed } from '../../../src/lib/gates/follow-missed.ts';
import type { OpenGate } from '../../../src/lib/gates/gate.ts';

const gate = (id: string, of: Partial<OpenGate> = {}): OpenGate => ({
  id,
  collection: 'https://dev.azure.com/fabrikam',
  environment: 'dev',
  routes: ['api'],
  selector: { kind: 'tag', tag: '7' },
  found: [],
  ...of,
});

const open = [
  gate('named'),
  gate('by glob', { routes: ['a*'] }),
  gate('by build', { selector: { kind: 'build', build: 1 } }),
  gate('another tag', { selector: { kind: 'tag', tag: '8' } }),
  gate('another route', { routes: ['web'] }),
  gate('another environment', { environment: 'prod' }),
  gate('found', { found: ['api'] }),
];
const { routes: _, ...unnamed } = gate('without names', { selector: { kind: 'build', build: 1 } });

async function evaluatedBy(push: Partial<MissedPush>, gates: readonly OpenGate[] = [...open, unnamed]) {
  const jobs: (readonly string[])[] = [];
  const follow = makeFollowMissed({
    gates: { open: () => Promise.resolve(gates) },
    send: async ({ body }) => void jobs.push((body as { readonly ids: readonly string[] }).ids),
  });
  const image = 'fabrikam.azurecr.io/api';
  await follow({ kind: 'not-taken', image, tag: '7', reason: 'no', at: '2026-11-20T10:00:00Z', ...push });
  return jobs;
}

test('a push that changed nothing evaluates the gates that name its route and environment and have not found it', async () => {
  const jobs = await evaluatedBy({ route: 'api', environment: 'dev' });
  expect(jobs).toEqual([['named', 'by glob', 'by build', 'another tag']]);
});

test('a push without a route evaluates the gates that wait for its tag', async () => {
  const jobs = await evaluatedBy({ kind: 'no-route' });
  expect(jobs).toEqual([['named', 'by glob', 'another route', 'another environment', 'found']]);
});

test('no gate, no message; many gates, several messages', async () => {
  expect(await evaluatedBy({ route: 'api', environment: 'test' })).toEqual([]);
  const many = Array.from({ length: 1_001 }, (_one, index) => gate(String(index)));
  const jobs = await evaluatedBy({ route: 'api', environment: 'dev' }, many);
  expect(jobs.map((ids) => ids.length)).toEqual([500, 500, 1]);
});
