import { join } from 'node:path';
import type { RegistryOption } from './options.ts';
import { startRegistry } from './registry/registry.ts';
import type { Registry } from './registry/registry.ts';
import { makeWebhook } from './registry/webhook.ts';

export interface RegistriesOptions {
  readonly registries: readonly RegistryOption[];
  /** Folder that each has a folder of; in memory where absent. */
  readonly storage?: string;
  /** A webhook that was not taken, for people. */
  readonly onUndelivered: (reason: string) => void;
}

export interface Registries {
  /** By the host that routes know them by. */
  readonly byHost: ReadonlyMap<string, Registry>;
  /** Sends the events of the pushes so far, and from then on each event at once. */
  readonly connect: (webhookUrl: string, key: string) => void;
  readonly close: () => Promise<void>;
}

/** Starts a stand-in for each registry; its webhook reports pushes, as that of Azure Container Registry does. */
export async function startRegistries({ registries, storage, onUndelivered }: RegistriesOptions): Promise<Registries> {
  const webhook = makeWebhook({ onUndelivered });
  const byHost = new Map<string, Registry>();
  const close = async (): Promise<void> => {
    await webhook.close();
    await Promise.all([...byHost.values()].map((registry) => registry.close()));
  };
  try {
    for (const { host, port } of registries) {
      const registry = await startRegistry({
        loginServer: host,
        port,
        anonymousPull: true,
        onPush: webhook.tell,
        ...(storage !== undefined && { directory: join(storage, 'registries', host.replace(':', '+')) }),
      });
      byHost.set(host, registry);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { byHost, connect: webhook.connect, close };
}
