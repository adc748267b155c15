import type { Server } from 'node:http';
import Module, { createRequire } from 'node:module';

/** The part of a LokiJS database that saving it needs. */
export interface LokiDatabase {
  readonly filename: string;
  autosave: boolean;
  autosaveDisable(): void;
  /** Whether anything changed since the flags were last cleared. */
  autosaveDirty(): boolean;
  autosaveClearFlags(): void;
  serialize(): string;
}

/** Values by property; a document has all of them. */
export type LokiQuery = Readonly<Record<string, unknown>>;

/** The part of a collection that changing its documents needs. */
export interface LokiCollection<T> {
  find(query?: LokiQuery): T[];
  findOne: (query: LokiQuery) => T | null;
  findAndRemove: (query: LokiQuery) => void;
  update(document: T): void;
  remove: (documents: T | T[]) => void;
}

/** The part of a LokiJS database that changing its documents needs. */
export interface LokiCollections {
  getCollection: <T>(name: string) => LokiCollection<T> | null;
}

/** The part of the store of a service that running it in process needs. */
export interface AzuriteStore {
  readonly db: LokiDatabase & LokiCollections;
}

/** The store of the queue service. */
export interface MessageStore extends AzuriteStore {
  clearExpiredMessages: (account: string, queue: string, ...context: readonly unknown[]) => Promise<void>;
}

/** The part of an Azurite service that running it in process needs; Azurite ships no declarations of its own. */
export interface AzuriteServer {
  readonly httpServer: Server;
  /** Of the queue service, a `MessageStore`. */
  readonly metadataStore: AzuriteStore;
  /** Where the bodies of messages and blobs lie; tables have none. */
  readonly extentMetadataStore?: { readonly db: LokiDatabase & LokiCollections };
  start(): Promise<void>;
  close(): Promise<void>;
  getHttpServerAddress(): string;
}

type Constructor<T> = new (...args: readonly unknown[]) => T;

const require = createRequire(import.meta.url);

// Deep imports are not a public API of Azurite: the version is pinned, the argument lists are those of 3.35.
function load<T>(path: string): Constructor<T> {
  // Azurite requires its telemetry client although telemetry is off: a quarter of the time that loading it takes.
  const telemetry = require.resolve('applicationinsights', { paths: [require.resolve('azurite/package.json')] });
  const loaded = require.cache[telemetry];
  require.cache[telemetry] ??= new Module(telemetry);
  try {
    return (require(`azurite/dist/src/${path}`) as { readonly default: Constructor<T> }).default;
  } finally {
    if (loaded === undefined) delete require.cache[telemetry];
  }
}

const keepAliveSeconds = 60;
const accessLog = [false, undefined] as const;
const debugLog = [false, undefined] as const;
const loose = false;
// The storage SDKs send newer API versions than Azurite knows.
const skipApiVersionCheck = true;
const certificate = ['', '', ''] as const;
const oauth = undefined;
const disableProductStyleUrl = false;

export type AzuriteService = 'blob' | 'queue' | 'table';

/** Makes a service that is not started yet. It keeps its data in `directory`, or in memory where that is undefined. */
export function createAzuriteServer(service: AzuriteService, host: string, directory?: string): AzuriteServer {
  const inMemory = directory === undefined;
  const path = (name: string): string => (inMemory ? '' : `${directory}/${service}${name}`);
  const security = [loose, skipApiVersionCheck, ...certificate, oauth, disableProductStyleUrl, inMemory];
  const port = 0;
  if (service === 'table') {
    const Configuration = load<object>('table/TableConfiguration');
    const [enableDebugLog, debugLogPath] = debugLog;
    return new (load<AzuriteServer>('table/TableServer'))(
      new Configuration(
        host,
        port,
        keepAliveSeconds,
        path('.json'),
        enableDebugLog,
        ...accessLog,
        debugLogPath,
        ...security,
      ),
    );
  }
  const name = service === 'queue' ? 'Queue' : 'Blob';
  const Configuration = load<object>(`${service}/${name}Configuration`);
  const extents = inMemory ? [] : [{ locationId: 'Default', locationPath: path('-extents'), maxConcurrency: 10 }];
  const databases = [path('.json'), path('-extents.json')];
  return new (load<AzuriteServer>(`${service}/${name}Server`))(
    new Configuration(
      host,
      port,
      keepAliveSeconds,
      ...databases,
      extents,
      ...accessLog,
      ...debugLog,
      ...security,
      chunkStore(),
    ),
  );
}

/** A store of its own for each service in memory; Azurite's default is shared by the process and never emptied. */
function chunkStore(): unknown {
  const { MemoryExtentChunkStore } = require('azurite/dist/src/common/persistence/MemoryExtentStore') as {
    readonly MemoryExtentChunkStore: Constructor<unknown>;
  };
  return new MemoryExtentChunkStore();
}
