import { setTimeout as sleep } from 'node:timers/promises';
import { Access } from './access.ts';
import type { AccessOptions } from './access.ts';
import { makeAzureApi } from './azure.ts';
import { makeDistribution } from './distribution.ts';
import type { Operation } from './distribution.ts';
import { pushEvent } from './events.ts';
import type { PushEvent } from './events.ts';
import { RegistryFiles } from './files.ts';
import { refusal, serveHttp } from './http.ts';
import type { Answer, Request } from './http.ts';
import { Pusher } from './push.ts';
import type { ChartOptions, ImageOptions } from './push.ts';
import { RegistryStore } from './store.ts';
import type { Repository } from './store.ts';

export interface RegistryOptions extends Partial<AccessOptions> {
  /** 0 takes a free one. */
  readonly port: number;
  /** Whether blobs are served by way of a redirect to storage, as Azure does. */
  readonly redirectBlobs?: boolean;
  /** Where everything is kept between runs; in memory where absent. */
  readonly directory?: string;
  /** Sees every manifest that arrives, the registry's own event of it. */
  readonly onPush?: (event: PushEvent) => void;
  /** Sees every request before it is answered. */
  readonly onRequest?: (request: Request) => void;
}

/** The failures of a request, in this order. */
export interface Fault {
  readonly delayMs?: number;
  /** The connection ends without an answer. */
  readonly drop?: boolean;
  /** This is the answer. */
  readonly answer?: Answer;
}

/** A running registry. Without a directory everything that it holds is gone with it. */
export interface Registry {
  readonly url: string;
  /** Host by which routes and clients know it. */
  readonly loginServer: string;
  /** Real pushes go through HTTP; these do the same at once. They give the digest. */
  pushImage(options: ImageOptions): string;
  pushChart(options: ChartOptions): string;
  /** Blobs and manifests of any kind. */
  readonly push: Pick<Pusher, 'blob' | 'manifest'>;
  moveTag(repository: string, tag: string, digest: string): void;
  deleteTag(repository: string, tag: string): void;
  /** Takes a manifest away, and with it its tags. */
  deleteManifest(repository: string, digest: string): void;
  deleteBlob(repository: string, digest: string): void;
  /** Decides what goes wrong from now on; `undefined`: nothing. */
  setFaults(faultOf: ((request: Request) => Fault | undefined) | undefined): void;
  close(): Promise<void>;
}

/**
 * Starts a registry on this machine: the OCI distribution API for any client, and Azure Container Registry's own
 * endpoints as `@azure/container-registry` calls them. Reading needs a token as well. Every caller gets one for
 * any Entra token or any user and password, unless the options list the accepted ones.
 */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  const { loginServer = 'contoso.azurecr.io', now = () => new Date() } = options;
  const { directory, onPush } = options;
  const store = new RegistryStore({
    now,
    files: directory === undefined ? undefined : new RegistryFiles(directory),
    onPush: onPush && ((pushed) => onPush(pushEvent(pushed, loginServer, now()))),
  });
  const pusher = new Pusher(store);
  const access = new Access({ ...options, loginServer, now });
  const apis = [makeDistribution(store), makeAzureApi(store, loginServer)];
  const closing = new AbortController();
  let faultOf: ((request: Request) => Fault | undefined) | undefined;

  async function answer(request: Request): Promise<Answer | 'drop'> {
    options.onRequest?.(request);
    const fault = faultOf?.(request);
    if (fault?.delayMs !== undefined)
      await sleep(fault.delayMs, undefined, { signal: closing.signal }).catch(() => 'closed');
    if (fault?.drop === true || closing.signal.aborted) return 'drop';
    return fault?.answer ?? serve(request);
  }

  function serve(request: Request): Answer {
    const { method, path } = request;
    if (method === 'POST' && path === '/oauth2/exchange') return access.exchange(request);
    if (path === '/oauth2/token') return access.token(request);
    if (path.startsWith(storagePath)) return fromStorage(request);
    const operation = apis.reduce<Operation | undefined>((found, api) => found ?? api(request), undefined);
    if (!operation) return refusal(404, 'NOT_FOUND', `${method} ${path} is not found`);
    const refused = access.refuse(request, http.url, operation.scope);
    if (refused) return refused;
    const done = operation.run();
    const isBlob = method === 'GET' && path.includes('/blobs/sha256:') && done.status === 200;
    return isBlob && options.redirectBlobs === true ? toStorage(path) : done;
  }

  /** Storage takes the signature in the URL, and a second way of signing in is an error, as in Azure. */
  function fromStorage({ path, headers }: Request): Answer {
    if (headers.authorization !== undefined) return refusal(400, 'InvalidAuthenticationInfo', 'two ways of signing in');
    const [, name = '', digest = ''] = /^\/storage\/v2\/(.+)\/blobs\/(.+)$/.exec(path) ?? [];
    const body = store.getBlob(store.find(name), digest);
    return body ? { status: 200, body } : refusal(404, 'BlobNotFound', 'the blob is not found');
  }

  function toStorage(path: string): Answer {
    return { status: 307, headers: { location: `${http.url}${storagePath.slice(0, -1)}${path}?sig=signature` } };
  }

  const http = await serveHttp(options.port, answer);
  return {
    url: http.url,
    loginServer,
    pushImage: (image) => pusher.image(image),
    pushChart: (chart) => pusher.chart(chart),
    push: pusher,
    moveTag: (name, tag, digest) => {
      const repository = existing(store, name);
      if (!repository.manifests.has(digest)) throw new Error(`${name} has no manifest ${digest}.`);
      store.moveTag(repository, tag, digest);
    },
    deleteTag: (name, tag) => {
      if (!store.removeTag(existing(store, name), tag)) throw new Error(`${name} has no tag ${tag}.`);
    },
    deleteManifest: (name, digest) => {
      if (!store.removeManifest(existing(store, name), digest)) throw new Error(`${name} has no manifest ${digest}.`);
    },
    deleteBlob: (name, digest) => {
      if (!store.removeBlob(existing(store, name), digest)) throw new Error(`${name} has no blob ${digest}.`);
    },
    setFaults: (next) => {
      faultOf = next;
    },
    close: async () => {
      closing.abort();
      await http.close();
    },
  };
}

const storagePath = '/storage/';

function existing(store: RegistryStore, name: string): Repository {
  const repository = store.find(name);
  if (repository) return repository;
  throw new Error(`There is no repository ${name}.`);
}
