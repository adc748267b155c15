import type { IncomingMessage } from 'node:http';
import { createAzuriteServer, type AzuriteServer, type AzuriteService, type MessageStore } from './azurite.ts';
import { DatabaseSaver } from './database-saver.ts';
import { lockDirectory } from './directory-lock.ts';
import { hastener } from './hasten.ts';
import type { HastenMessages } from './hasten.ts';
import { holdResponses } from './hold-response.ts';
import { makeFolder } from './make-folder.ts';
import { quickenMessages, quickenRemovalOfBodies, quickenTables } from './quicken.ts';
import { strikeRequests } from './strike-requests.ts';
import type { StrikeRequest } from './strike-requests.ts';

export interface StorageOptions {
  /** Where the data is kept; created if absent. Without it the data lives in memory and ends with `close`. */
  readonly directory?: string;
  readonly host?: '127.0.0.1';
  /** Gets each request, as it arrives. */
  readonly onRequest?: (request: IncomingMessage) => void;
  /** For tests: the fault of each request. */
  readonly strike?: StrikeRequest;
}

export interface Storage {
  /** For every Azure Storage client; the account and key are Azurite's well-known ones. */
  readonly connectionString: string;
  /**
   * For tests: shortens the delays of the messages that are stored and have not been received, each once, to this part
   * of what they were; short ones stay.
   */
  readonly hastenMessages: HastenMessages;
  /** Stops the services and gives the folder back. May be called more than once. */
  readonly close: () => Promise<void>;
}

const account = 'devstoreaccount1';
const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const services = ['blob', 'queue', 'table'] as const satisfies readonly AzuriteService[];

/**
 * Starts blob, queue and table storage (Azurite) in this process, each on a free port of the loopback address.
 *
 * On disk, a write is answered only when it has been saved, so what was answered is there again after a SIGKILL.
 * A folder in use is a `DirectoryLockedError`; one that cannot be read rejects with what is wrong.
 */
export async function startStorage({
  directory,
  host = '127.0.0.1',
  onRequest,
  strike,
}: StorageOptions = {}): Promise<Storage> {
  if (process.env['AZURITE_ACCOUNTS'] !== undefined) {
    throw new Error('AZURITE_ACCOUNTS is set and would replace the account of the embedded storage. Unset it.');
  }
  if (directory !== undefined) await makeFolder(directory);
  const unlock = directory === undefined ? undefined : await lockDirectory(directory);
  const running: { server: AzuriteServer; saver: DatabaseSaver | undefined }[] = [];
  let closing: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    try {
      for (const { server, saver } of running) {
        await server.close();
        server.httpServer.closeAllConnections();
        await saver?.close();
      }
    } finally {
      await unlock?.();
    }
  };
  try {
    for (const service of services) {
      const server = createAzuriteServer(service, host, directory);
      const saver = directory === undefined ? undefined : saveBeforeAnswering(server, service);
      await server.start();
      if (strike) strikeRequests(server.httpServer, strike);
      if (onRequest) server.httpServer.prependListener('request', onRequest);
      running.push({ server, saver });
    }
  } catch (cause) {
    await stop();
    const where = directory === undefined ? 'in memory' : `on the folder ${directory}`;
    throw new Error(`The embedded storage could not be started ${where}: ${String(cause)}`, { cause });
  }
  const queue = running[services.indexOf('queue')];
  const hasten = queue === undefined ? () => undefined : hastener(queue.server.metadataStore.db);
  for (const [index, { server }] of running.entries()) {
    if (server.extentMetadataStore !== undefined) quickenRemovalOfBodies(server.extentMetadataStore.db);
    if (services[index] === 'queue') quickenMessages(server.metadataStore as MessageStore);
    if (services[index] === 'table') quickenTables(server.metadataStore.db);
  }
  const endpoints = running.map(({ server }, index) => {
    const service = services[index] ?? '';
    return `${service.charAt(0).toUpperCase()}${service.slice(1)}Endpoint=${server.getHttpServerAddress()}/${account};`;
  });
  return {
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};${endpoints.join('')}`,
    hastenMessages: hasten,
    close: () => (closing ??= stop()),
  };
}

function saveBeforeAnswering(server: AzuriteServer, service: AzuriteService): DatabaseSaver {
  const bodies = server.extentMetadataStore;
  const saver = new DatabaseSaver([...(bodies === undefined ? [] : [bodies.db]), server.metadataStore.db]);
  // Receiving messages is a GET that changes them: it hides them and counts.
  const changes = ({ method }: IncomingMessage): boolean =>
    service === 'queue' || (method !== 'GET' && method !== 'HEAD');
  holdResponses(server.httpServer, changes, () => saver.settle());
  return saver;
}
