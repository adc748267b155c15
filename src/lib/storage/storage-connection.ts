import type { TokenCredential } from '@azure/identity';
import { Failure } from '../model/failure.ts';
import { tryParseUrl } from '../net/url.ts';

export type StorageConnection =
  | { readonly connectionString: string }
  | { readonly url: string; readonly credential: TokenCredential };

/**
 * How the setting `AzureWebJobsStorage` reaches a storage service: a connection string, or
 * `AzureWebJobsStorage__<service>ServiceUri` (or `__accountName`) with the app's identity, as the Functions host reads
 * them ("identity-based connections").
 *
 * @throws {Failure} `storage-unavailable` where the setting is missing
 */
export async function storageConnection(
  settings: Readonly<Record<string, string | undefined>>,
  service: 'blob' | 'queue' | 'table',
): Promise<StorageConnection> {
  const connectionString = settings['AzureWebJobsStorage'];
  if (connectionString !== undefined && connectionString !== '') return { connectionString };
  const account = settings['AzureWebJobsStorage__accountName'];
  const url =
    settings[`AzureWebJobsStorage__${service}ServiceUri`] ??
    (account === undefined ? undefined : `https://${account}.${service}.core.windows.net`);
  if (url === undefined || !tryParseUrl(url)) {
    throw new Failure(
      'storage-unavailable',
      `AzureWebJobsStorage is not set: expected a connection string, or AzureWebJobsStorage__${service}ServiceUri.`,
    );
  }
  const { DefaultAzureCredential } = await import('../net/sdk/identity.ts');
  const clientId = settings['AzureWebJobsStorage__clientId'];
  return {
    url,
    credential: new DefaultAzureCredential(clientId === undefined ? {} : { managedIdentityClientId: clientId }),
  };
}
