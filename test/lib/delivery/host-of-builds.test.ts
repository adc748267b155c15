import { expect, test } from 'vitest';
import { makeDeliverUpdate } from '../../../src/lib/delivery/deliver-update.ts';
import type { DeliverUpdateDeps } from '../../../src/lib/delivery/deliver-update.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import { tagUpdateSchema } from '../../../src/lib/model/tag-update.ts';
import { HostShare } from '../../../src/lib/net/host-share.ts';
import type { Environment } from '../../../src/lib/routes/route.ts';

const built = 'https://ado.contoso.example/contoso/shop/_git/api';
const update = tagUpdateSchema.parse({
  id: 'd'.repeat(32),
  route: 'api',
  environment: 'dev',
  image: { registry: 'contoso.azurecr.io', repository: 'api', tag: '2' },
  pushedAt: '2026-11-20T10:00:00.000Z',
  cause: { kind: 'push' },
});

/** Delivers an update while the host of its builds is silent and has no place left. @returns how it ended */
async function deliver(environment: Partial<Environment>): Promise<string> {
  let time = 0;
  let end = '';
  const hosts = new HostShare(0, () => new Date(time));
  void hosts.observe('ado.contoso.example', () => new Promise<never>(() => undefined));
  time = 6_000;
  // Nothing else is called before the work on the record begins.
  const deps = {
    hosts,
    findEnvironment: () => Promise.resolve({ repository: 'https://github.com/contoso/gitops', ...environment }),
    withEffects: () => Promise.resolve(void (end = 'begun')),
  } as unknown as DeliverUpdateDeps;
  try {
    await makeDeliverUpdate(deps).run(update, { log: () => undefined, isSuspect: false, isWaiting: false });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    end = error.code;
  }
  return end;
}

test('an update waits for a place of the host of its builds only if `from` needs them', async () => {
  const from = { branches: ['main'] };
  expect(await deliver({ from, build: { repository: built } })).toBe('host-busy');
  expect(await deliver({ build: { repository: built } })).toBe('begun');
  expect(await deliver({ from, build: { repository: 'api' } })).toBe('begun');
  expect(await deliver({ from })).toBe('begun');
});
