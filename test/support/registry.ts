import { onTestFinished } from 'vitest';
import type { Registry as StandIn, RegistryOptions } from '../../local/registry/registry.ts';
import { startRegistry } from '../../local/registry/registry.ts';
import type { Request } from '../../local/registry/http.ts';
import type { RegistryPolicy } from '../../src/lib/registry/endpoint.ts';
import { makeRegistry } from '../../src/lib/registry/make-registry.ts';
import type { RegistryDeps } from '../../src/lib/registry/make-registry.ts';
import type { Registry, TagLister } from '../../src/lib/registry/registry.ts';

export const userAgent = 'tagrelay/test';

export interface RunningStandIn extends StandIn {
  /** Every request so far. */
  readonly requests: readonly Request[];
}

/** Starts a stand-in on a free port for the length of the test. */
export async function startStandIn(options: Partial<RegistryOptions> = {}): Promise<RunningStandIn> {
  const requests: Request[] = [];
  const standIn = await startRegistry({ port: 0, ...options, onRequest: (request) => requests.push(request) });
  onTestFinished(() => standIn.close());
  return { ...standIn, requests };
}

/** The adapter, with waits between tries that take no time; `slept` holds them. */
export function makeAsker(
  policy: Partial<RegistryPolicy>,
  deps: Partial<RegistryDeps> = {},
): { readonly registry: Registry & TagLister; readonly slept: readonly number[] } {
  const slept: number[] = [];
  const registry = makeRegistry({
    policy: { registries: [], registryCredentials: new Map(), ...policy },
    identity: () => Promise.reject(new Error('this test has no identity')),
    userAgent,
    now: () => new Date(),
    sleep: (ms) => Promise.resolve(slept.push(ms)),
    ...deps,
  });
  return { registry, slept };
}
