import type { ContainerClient } from '@azure/storage-blob';
import { Failure } from '../model/failure.ts';
import { storageConnection } from './storage-connection.ts';

/** Small texts by name, in the app's own container. */
export interface BlobStore {
  /** @throws {Failure} `storage-unavailable` */
  read(name: string): Promise<string | undefined>;
  /** @throws {Failure} `storage-unavailable` */
  write(name: string, text: string): Promise<void>;
  /**
   * The text with its version; `unchanged` if the version is still `known`.
   *
   * @throws {Failure} `storage-unavailable`
   */
  readVersion(name: string, known?: string): Promise<VersionedText | 'unchanged' | undefined>;
  /**
   * Writes the text if the blob still has this version; `undefined`: if it does not exist.
   *
   * @returns the new version; `undefined` if another process wrote first
   * @throws {Failure} `storage-unavailable`
   */
  replace(name: string, text: string, version: string | undefined): Promise<string | undefined>;
}

export interface VersionedText {
  readonly text: string;
  readonly version: string;
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
        await upload(await open(), name, text);
      } catch (error) {
        throw unavailable(error);
      }
    },
    async readVersion(name, known) {
      try {
        const conditions = known === undefined ? {} : { conditions: { ifNoneMatch: known } };
        const blob = await (await open()).getBlobClient(name).download(0, undefined, conditions);
        const chunks: Buffer[] = [];
        for await (const chunk of blob.readableStreamBody ?? []) chunks.push(Buffer.from(chunk));
        return { text: Buffer.concat(chunks).toString('utf8'), version: blob.etag ?? '' };
      } catch (error) {
        if (hasStatus(error, 404)) return undefined;
        if (hasStatus(error, 304)) return 'unchanged';
        throw unavailable(error);
      }
    },
    async replace(name, text, version) {
      try {
        const conditions = version === undefined ? { ifNoneMatch: '*' } : { ifMatch: version };
        return await upload(await open(), name, text, conditions);
      } catch (error) {
        // 409: it exists by now; 412: it has another version, or is gone.
        if (hasStatus(error, 409) || hasStatus(error, 412)) return undefined;
        throw unavailable(error);
      }
    },
  };
}

/** Writes a blob, and creates the container first where it is missing. @returns the version */
async function upload(
  container: ContainerClient,
  name: string,
  text: string,
  conditions: { readonly ifMatch?: string; readonly ifNoneMatch?: string } = {},
): Promise<string> {
  const blob = container.getBlockBlobClient(name);
  const write = async (): Promise<string> =>
    (await blob.upload(text, Buffer.byteLength(text), { conditions })).etag ?? '';
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ContainerNotFound')) throw error;
    await container.createIfNotExists();
    return write();
  }
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
