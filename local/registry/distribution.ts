import type { Scope } from './access.ts';
import { Blobs } from './blobs.ts';
import type { Answer, Request } from './http.ts';
import { refusal } from './http.ts';
import { deleteManifest, getManifest, getReferrers, putManifest } from './manifests.ts';
import type { RegistryStore } from './store.ts';

/** One request that the registry knows: what it needs leave for, and what it does. */
export interface Operation {
  /** Absent where being signed in is enough. */
  readonly scope?: Scope;
  readonly run: () => Answer;
}

const namePattern = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*';
const paths = {
  manifest: new RegExp(`^/v2/(${namePattern})/manifests/([^/]+)$`),
  uploads: new RegExp(`^/v2/(${namePattern})/blobs/uploads/?$`),
  upload: new RegExp(`^/v2/(${namePattern})/blobs/uploads/([^/]+)$`),
  blob: new RegExp(`^/v2/(${namePattern})/blobs/(sha256:[0-9a-f]{64})$`),
  tags: new RegExp(`^/v2/(${namePattern})/tags/list$`),
  referrers: new RegExp(`^/v2/(${namePattern})/referrers/([^/]+)$`),
};

/** Makes the repository where there is none. */
function write(name: string, run: Operation['run']): Operation {
  return { scope: { type: 'repository', name, actions: ['pull', 'push'] }, run };
}

/** The API of the OCI distribution specification; `undefined` where a path is none of its own. */
export function makeDistribution(store: RegistryStore): (request: Request) => Operation | undefined {
  const blobs = new Blobs(store);
  const read = (name: string, action: string, run: Operation['run']): Operation => ({
    scope: { type: 'repository', name, actions: [action] },
    run: () => (store.find(name) ? run() : refusal(404, 'NAME_UNKNOWN', `repository "${name}" is not found`)),
  });
  return (request) => {
    const { method, path, query } = request;
    if (path === '/v2/' || path === '/v2') return { run: () => ({ status: 200, body: {} }) };
    const isRead = method === 'GET' || method === 'HEAD';
    for (const [kind, pattern] of Object.entries(paths)) {
      const [, name, reference = ''] = pattern.exec(path) ?? [];
      if (name === undefined) continue;
      switch (`${isRead ? 'READ' : method} ${kind}`) {
        case 'READ manifest':
          return read(name, 'pull', () => getManifest(store.open(name), reference));
        case 'PUT manifest':
          return write(name, () => putManifest(store, store.open(name), reference, request));
        case 'DELETE manifest':
          return read(name, 'delete', () => deleteManifest(store, store.open(name), reference));
        case 'POST uploads':
          return write(name, () => blobs.begin(store.open(name), request));
        case 'READ upload':
        case 'PATCH upload':
        case 'PUT upload':
        case 'DELETE upload':
          return write(name, () => blobs.proceed(store.open(name), reference, request));
        case 'READ blob':
          return read(name, 'pull', () => blobs.get(store.open(name), reference, request));
        case 'READ tags':
          return read(name, 'metadata_read', () => listTags(store, name, query));
        case 'READ referrers':
          return {
            scope: { type: 'repository', name, actions: ['pull'] },
            run: () => getReferrers(store.find(name), reference, query.get('artifactType')),
          };
        default:
          return { run: () => refusal(405, 'UNSUPPORTED', `${method} is not supported here`) };
      }
    }
    return undefined;
  };
}

function listTags(store: RegistryStore, name: string, query: URLSearchParams): Answer {
  const all = [...store.open(name).tags.keys()].sort();
  const last = query.get('last');
  const rest = last === null ? all : all.filter((tag) => tag > last);
  const limit = Number(query.get('n') ?? rest.length);
  const tags = rest.slice(0, limit);
  const next =
    tags.length < rest.length && tags.length > 0
      ? `</v2/${name}/tags/list?n=${limit}&last=${tags.at(-1)}>; rel="next"`
      : undefined;
  return { status: 200, ...(next === undefined ? {} : { headers: { link: next } }), body: { name, tags } };
}
