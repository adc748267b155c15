import { createHash, randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startArgoCd } from './argocd/argocd.ts';
import type { ArgoCd, ArgoCdOptions } from './argocd/argocd.ts';
import { startDevOps } from './devops/devops.ts';
import type { DevOps, DevOpsOptions } from './devops/devops.ts';
import type { PushEvent } from './devops/server/platform.ts';
import { startHost } from './host/host.ts';
import type { HostEvent } from './host/host.ts';
import type { RegistryOption, RepositoryOption } from './options.ts';
import { startRegistries } from './registries.ts';
import type { Registry } from './registry/registry.ts';
import { startFlexHost } from './scale/flex-host.ts';
import { makeFolder } from './storage/make-folder.ts';
import { startStorage } from './storage/storage.ts';
import type { Storage } from './storage/storage.ts';

export interface PlatformOptions {
  /** Folder of the app: `host.json`, `package.json` and the built `dist/main.js`. */
  readonly root: string;
  readonly port: number;
  readonly devopsPort: number;
  /** Where queues, tables, blobs and keys are kept; in memory where absent. */
  readonly storage?: string;
  readonly repositories: readonly RepositoryOption[];
  /** Registries that are stood in for; images are then looked up before they are committed. */
  readonly registries?: readonly RegistryOption[];
  /** A stand-in for Argo CD that deploys the repositories; the app asks its API. */
  readonly argoCd?: Omit<ArgoCdOptions, 'repositories' | 'token' | 'notifyUrl' | 'headers'>;
  /** Argo CD sends its notifications to the app too. */
  readonly isNotifying?: boolean;
  /** App settings, the routes among them; what the platform itself provides is added. */
  readonly settings: Readonly<Record<string, string>>;
  readonly leaseSeconds: number;
  readonly onHostEvent: (event: HostEvent) => void;
  /** Runs each group of functions in a process of its own; gets what these log. */
  readonly onFlexLine?: (text: string) => void;
  /** Other events that people should know, a sentence each. */
  readonly onRemark?: (text: string) => void;
  readonly onPush?: (event: PushEvent) => void;
  /** Gets every request that the emulator receives. */
  readonly onDevOpsRequest?: DevOpsOptions['onRequest'];
  /** The app has ended itself, as an unhandled rejection does. */
  readonly onFatal: (error: unknown) => void;
}

export interface Platform {
  readonly functions: string;
  readonly devops: string;
  /** By the host that routes know them by. */
  readonly registries: ReadonlyMap<string, Registry>;
  readonly argoCd: ArgoCd | undefined;
  /** The emulator itself: its builds, its pipelines, its faults. */
  readonly azureDevOps: DevOps;
  /** The master key of the host; the emulator takes it as a token too. */
  readonly key: string;
  readonly storage: string;
  /** For tests: as `Storage` has it. */
  readonly hastenMessages: Storage['hastenMessages'];
  readonly functionNames: readonly string[];
  /** Lets running invocations end, then stops everything. */
  readonly close: () => Promise<void>;
}

/** Polling as often as in Azure would cost a second a queue; local storage costs nothing. */
const pollingSetting = 'AzureFunctionsJobHost__extensions__queues__maxPollingInterval';

/** A process of a function group without work is stopped after this time. */
const flexIdleMs = 10_000;

/** Starts everything that the app needs, and the app, on this machine. If one part fails, the started ones are stopped. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const running: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const stop of running.splice(0).toReversed()) await stop();
  };
  try {
    const storage = await startStorage(options.storage === undefined ? {} : { directory: options.storage });
    running.push(() => storage.close());
    const key = await hostKey(options.storage);
    const pat = options.settings['AZURE_DEVOPS_PAT'] ?? key;
    const devops = await startDevOps({
      port: options.devopsPort,
      repositories: options.repositories,
      tokens: [pat, key],
      ...(options.onPush === undefined ? {} : { onPush: options.onPush }),
      ...(options.onDevOpsRequest === undefined ? {} : { onRequest: options.onDevOpsRequest }),
    });
    running.push(() => devops.close());
    const registries = await startRegistries({
      registries: options.registries ?? [],
      ...(options.storage !== undefined && { storage: options.storage }),
      onUndelivered: (reason) => options.onRemark?.(reason),
    });
    running.push(() => registries.close());
    const argoCd = options.argoCd
      ? await startArgoCd({ ...options.argoCd, repositories: directoriesOf(options.repositories), token: key })
      : undefined;
    if (argoCd) running.push(() => argoCd.close());
    const app = {
      root: options.root,
      masterKey: key,
      leaseSeconds: options.leaseSeconds,
      ...(options.storage !== undefined && { stateDirectory: join(options.storage, 'timers') }),
      settings: {
        [pollingSetting]: '00:00:00.2000000',
        VERIFY_IMAGE: String(registries.byHost.size > 0),
        GATE_TOKEN_KEY: gateKey(key),
        ...(argoCd && { ARGOCD_URL: argoCd.url, ARGOCD_TOKEN: key }),
        ...options.settings,
        AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
        AzureWebJobsStorage: storage.connectionString,
        AZURE_DEVOPS_PAT: pat,
        LOCAL_ENDPOINTS: localEndpoints(options, devops.url, registries.byHost),
      },
    };
    const { onFlexLine } = options;
    const host = onFlexLine
      ? await startFlexHost({
          port: options.port,
          app,
          idleMs: flexIdleMs,
          onLine: (group, text) => onFlexLine(`[${group}] ${text}`),
          onStart: (group) => onFlexLine(`[${group}] a process starts`),
          onFatal: options.onFatal,
        })
      : await startHost({
          ...app,
          port: options.port,
          log: options.onHostEvent,
          onFatal: options.onFatal,
        });
    running.push(() => host.close());
    registries.connect(`${host.url}/api/webhooks/acr`, key);
    if (options.isNotifying && argoCd) {
      argoCd.connect(`${host.url}/api/webhooks/argocd`, { 'x-functions-key': key });
      running.push(() => argoCd.disconnect());
    }
    return {
      functions: host.url,
      devops: devops.url,
      registries: registries.byHost,
      argoCd,
      azureDevOps: devops,
      key,
      storage: storage.connectionString,
      hastenMessages: storage.hastenMessages,
      functionNames: host.functions.map(({ name }) => name),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * The emulator stands in for the organizations of its repositories, and each stand-in for its registry, so that routes
 * for production run unchanged.
 */
function localEndpoints(
  { repositories, settings }: PlatformOptions,
  devops: string,
  registries: ReadonlyMap<string, Registry>,
): string {
  const collections = (settings['AZURE_DEVOPS_COLLECTIONS'] ?? '').split(/[\s,;]+/).filter((url) => URL.canParse(url));
  const own = repositories.flatMap(({ organization }) => {
    const path = organization.split('/').map(encodeURIComponent).join('/');
    const servers = collections.filter((url) => isPathOf(url, path));
    return [`https://dev.azure.com/${path}`, ...servers].map(
      (collection) => [collection, `${devops}/${path}`] as const,
    );
  });
  const ownRegistries = Array.from(registries, ([host, { url }]) => [host, url] as const);
  const given = settings['LOCAL_ENDPOINTS']?.trim() || '{}';
  try {
    const endpoints: unknown = JSON.parse(given);
    if (typeof endpoints === 'object' && !Array.isArray(endpoints)) {
      return JSON.stringify({ ...Object.fromEntries([...own, ...ownRegistries]), ...endpoints });
    }
  } catch {
    // The app reports the problem.
  }
  return given;
}

/** The bare repository behind each URL that Applications name. */
function directoriesOf(repositories: readonly RepositoryOption[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    repositories.map(({ organization, project, name, directory }) => [
      `https://dev.azure.com/${organization}/${project}/_git/${name}`,
      directory,
    ]),
  );
}

/** Whether a collection of Azure DevOps Server has this path: `tfs/DefaultCollection`. */
function isPathOf(collection: string, path: string): boolean {
  return new URL(collection).pathname.replace(/^\/|\/+$/g, '').toLowerCase() === path.toLowerCase();
}

/** The key that opens the tokens of gates also after a restart; it is stored beside the master key. */
function gateKey(masterKey: string): string {
  return createHash('sha256').update(`gates ${masterKey}`).digest('base64');
}

/** The master key: kept with the storage, so that what was given it once still works after a restart. */
async function hostKey(storage: string | undefined): Promise<string> {
  const key = randomBytes(18).toString('base64url');
  if (storage === undefined) return key;
  const file = join(storage, 'host-key');
  await makeFolder(storage);
  try {
    await writeFile(file, key, { flag: 'wx', mode: 0o600 });
    return key;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    const kept = (await readFile(file, 'utf8')).trim();
    if (kept !== '') return kept;
    await rm(file); // The last run was killed while it wrote the key.
    return hostKey(storage);
  }
}
