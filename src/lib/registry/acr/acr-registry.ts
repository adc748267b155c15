import type { ContainerRegistryClient } from '@azure/container-registry';
import type { RestError } from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import type { Clock } from '../../model/clock.ts';
import { Failure } from '../../model/failure.ts';
import { digestPattern } from '../../model/image-reference.ts';
import type { AcrTagState, ListedTag } from '../registry.ts';
import { sdkHttpClient } from './http.ts';
import type { AzureEndpoint } from '../endpoint.ts';
import { registryFailure } from '../oci/failure.ts';
import { audiences } from './identity-for.ts';

/** The requests that only Azure Container Registry supports. `undefined`: it does not have it. */
export interface AzureMetadata {
  tag(repository: string, tag: string, signal: AbortSignal): Promise<AcrTagState | undefined>;
  /** When a manifest was first pushed. */
  createdOn(repository: string, digest: string, signal: AbortSignal): Promise<Date | undefined>;
  /** Tags that were pushed at or after `since`, the latest first, at most `limit`. */
  recentTags(
    repository: string,
    page: { readonly since: Date; readonly limit: number },
    signal: AbortSignal,
  ): Promise<readonly ListedTag[] | undefined>;
}

/** Repositories whose client, and with it the access token, is kept. */
const maxClients = 500;
/** Tags that are asked for at once. */
const tagPageSize = 50;

/**
 * Asks through `@azure/container-registry`, with a client per repository, because a client keeps one access token, which
 * is good for one repository. Its retries are off: who calls knows how long there is time.
 */
export function makeAzureMetadata(
  endpoint: AzureEndpoint,
  credential: TokenCredential,
  { userAgent, now }: { readonly userAgent: string; readonly now: Clock },
): AzureMetadata {
  const clients = new Map<string, Promise<ContainerRegistryClient>>();

  async function connect(): Promise<ContainerRegistryClient> {
    const { ContainerRegistryClient: Client } = await import('../sdk/container-registry.ts');
    return new Client(`https://${endpoint.registry}`, credential, {
      audience: audiences[endpoint.cloud],
      httpClient: await sdkHttpClient(endpoint),
      retryOptions: { maxRetries: 0 },
      redirectOptions: { maxRetries: 0 },
      userAgentOptions: { userAgentPrefix: userAgent },
    });
  }

  function clientOf(repository: string): Promise<ContainerRegistryClient> {
    const known = clients.get(repository);
    if (known) return known;
    for (const oldest of clients.keys()) {
      if (clients.size < maxClients) break;
      clients.delete(oldest);
    }
    const client = connect();
    clients.set(repository, client);
    return client;
  }

  async function ask<T>(
    asked: string,
    repository: string,
    send: (client: ContainerRegistryClient) => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await send(await clientOf(repository));
    } catch (error) {
      if (error instanceof Failure) throw error;
      const { statusCode, path, retryAfter, body } = restErrorOf(error);
      // A missing token service proves nothing about the tag.
      if (statusCode === 404 && path.startsWith('/acr/')) return undefined;
      // The client keeps its tokens for hours, and a role that is given later is in none of them.
      if (statusCode === 401 || statusCode === 403) clients.delete(repository);
      if (statusCode !== undefined && statusCode >= 300)
        throw registryFailure({ asked, status: statusCode, retryAfter, body }, endpoint, now());
      const reason = error instanceof Error ? error.message : String(error);
      throw new Failure('answer-not-understood', `${endpoint.registry} answered ${asked} unlike its API: ${reason}`, {
        cause: error,
      });
    }
  }

  return {
    async tag(repository, tag, abortSignal) {
      const asked = `the request for the tag ${repository}:${tag}`;
      const properties = await ask(asked, repository, (client) =>
        client.getArtifact(repository, tag).getTagProperties(tag, { abortSignal }),
      );
      if (!properties) return undefined;
      const { digest, lastUpdatedOn, createdOn } = properties;
      if (digestPattern.test(digest) && isTime(lastUpdatedOn)) {
        return { digest, lastUpdateTime: lastUpdatedOn, ...(isTime(createdOn) && { createdTime: createdOn }) };
      }
      throw new Failure(
        'answer-not-understood',
        `${endpoint.registry} answered ${asked} without a digest or without a time.`,
      );
    },
    recentTags: (repository, page, abortSignal) =>
      ask(`the request for the tags of ${repository}`, repository, (client) =>
        listTags(client, repository, page, abortSignal),
      ),
    async createdOn(repository, digest, abortSignal) {
      const asked = `the request for the manifest ${repository}@${digest}`;
      const properties = await ask(asked, repository, (client) =>
        client.getArtifact(repository, digest).getManifestProperties({ abortSignal }),
      );
      if (!properties) return undefined;
      if (isTime(properties.createdOn)) return properties.createdOn;
      throw new Failure('answer-not-understood', `${endpoint.registry} answered ${asked} without a time of creation.`);
    },
  };
}

/** Reads pages, the latest push first, until one reaches back before `since`. */
async function listTags(
  client: ContainerRegistryClient,
  repository: string,
  { since, limit }: { readonly since: Date; readonly limit: number },
  abortSignal: AbortSignal,
): Promise<ListedTag[]> {
  const found: ListedTag[] = [];
  // The package lists the tags of the whole repository, whichever artifact it is asked for.
  const list = client.getArtifact(repository, 'any').listTagProperties({
    order: 'LastUpdatedOnDescending',
    abortSignal,
  });
  for await (const page of list.byPage({ maxPageSize: tagPageSize })) {
    for (const { name: tag, digest, lastUpdatedOn: lastUpdateTime } of page) {
      if (!digestPattern.test(digest) || !isTime(lastUpdateTime)) continue;
      if (lastUpdateTime < since || found.length === limit) return found;
      found.push({ tag, digest, lastUpdateTime });
    }
  }
  return found;
}

/** The package declares `Date`; an unreadable time becomes an invalid `Date`. */
function isTime(time: Date): boolean {
  return time instanceof Date && !Number.isNaN(time.getTime());
}

/** The fields of `RestError` that say how a request failed. */
interface RestFailure {
  /** Absent of other errors. */
  readonly statusCode?: number;
  readonly path: string;
  readonly retryAfter?: string | undefined;
  readonly body: string;
}

function restErrorOf(error: unknown): RestFailure {
  if (!(error instanceof Error && error.name === 'RestError')) return { path: '', body: '' };
  const { statusCode, request, response } = error as Partial<RestError>;
  if (typeof statusCode !== 'number') return { path: '', body: '' };
  return {
    statusCode,
    path: request === undefined ? '' : new URL(request.url).pathname,
    retryAfter: response?.headers.get('retry-after'),
    body: response?.bodyAsText ?? '',
  };
}
