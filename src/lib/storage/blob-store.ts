import type { ContainerClient } from '@azure/storage-blob';
import { Failure } from '../model/failure.ts';
import { storageConnection } from './storage-connection.ts';

/** Small texts by name, in the app's own container. */
export interface BlobStore {
  /** @throws {Failure} `storage-unavailable` */
  read(name: string): Promise<string | undefined>;
  /** @throws {Failure} `storage-unavailable` */
  write(name: string, text: string): Promise<void>;
}

const containerName = 'tagrelay';

/** The blob service of the setting `AzureWebJobsStorage`, by connection string or with the app's identity. */
export function makeBlobStore(settings: Readonly<Record<string, string | undefined>>): BlobStore {
  let container: Promise<ContainerClient> | undefined;
  const open = (): Promise<ContainerClient> => (container ??= connect(settings));
  return {
    async read(name) {
      try {
        return (await (await open()).getBlobClient(name).downloadToBuffer()).toString('utf8');
      } catch (error) {
        if (hasStatus(error, 404)) return undefined;
        throw unavailable(error);
      }
    },
    async write(name, text) {
      try {
        const client = await open();
        await client.createIfNotExists();
        await client.getBlockBlobClient(name).upload(text, Buffer.byteLength(text));
      } catch (error) {
        throw unavailable(error);
      }
    },
  };
}

async function connect(settings: Readonly<Record<string, string | undefined>>): Promise<ContainerClient> {
  const { BlobServiceClient } = await import('./sdk/storage.ts');
  const retryOptions = { maxTries: 3, tryTimeoutInMs: 5_000, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 };
  const connection = await storageConnection(settings, 'blob');
  const service =
    'connectionString' in connection
      ? BlobServiceClient.fromConnectionString(connection.connectionString, { retryOptions })
      : new BlobServiceClient(connection.url, connection.credential, { retryOptions });
  return service.getContainerClient(containerName);
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof Error && 'statusCode' in error && error.statusCode === status;
}

function unavailable(cause: unknown): Failure {
  if (cause instanceof Failure) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Failure('storage-unavailable', `Blob storage did not answer: ${reason}`, { cause });
}
