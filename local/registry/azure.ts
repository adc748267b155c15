import type { Operation } from './distribution.ts';
import type { Answer, Request } from './http.ts';
import { refusal } from './http.ts';
import type { ManifestFields } from './manifests.ts';
import { lookUpTag, tagsOf } from './store.ts';
import type { RegistryStore, Repository, StoredManifest, StoredTag } from './store.ts';

const defaultPageSize = 100;
const attributes = { deleteEnabled: true, writeEnabled: true, readEnabled: true, listEnabled: true };

/**
 * The API of Azure Container Registry besides the OCI one, version 2021-07-01, as `@azure/container-registry` calls it.
 * Changing attributes is left out.
 */
export function makeAzureApi(store: RegistryStore, loginServer: string): (request: Request) => Operation | undefined {
  return ({ method, path, query }) => {
    if (!path.startsWith('/acr/v1/')) return undefined;
    if (path === '/acr/v1/_catalog') {
      const scope = { type: 'registry', name: 'catalog', actions: ['*'] };
      return { scope, run: () => ({ status: 200, body: { repositories: store.names() } }) };
    }
    const [, name = '', kind = '', reference = ''] =
      /^\/acr\/v1\/(.+?)(?:\/(_tags|_manifests)(?:\/([^/]+))?)?$/.exec(path) ?? [];
    const actions = [method === 'GET' ? 'metadata_read' : 'delete'];
    return {
      scope: { type: 'repository', name, actions },
      run: () => {
        const repository = store.find(name);
        if (!repository) return refusal(404, 'NAME_UNKNOWN', `repository "${name}" is not found`);
        return answer(`${method} ${kind}`, { store, loginServer, repository, reference, query });
      },
    };
  };
}

interface Place {
  readonly store: RegistryStore;
  readonly loginServer: string;
  readonly repository: Repository;
  readonly reference: string;
  readonly query: URLSearchParams;
}

function answer(what: string, { store, loginServer: registry, repository, reference, query }: Place): Answer {
  const imageName = repository.name;
  const one = { registry, imageName };
  switch (what) {
    case 'GET ':
      return { status: 200, body: describeRepository(repository, registry) };
    case 'DELETE ':
      store.remove(imageName);
      return {
        status: 202,
        body: { manifestsDeleted: [...repository.manifests.keys()], tagsDeleted: [...repository.tags.keys()] },
      };
    case 'GET _tags': {
      if (reference === '') {
        const { tags, next } = listTags(repository, query);
        const headers = next === undefined ? {} : { link: `<${next}>; rel="next"` };
        return { status: 200, headers, body: { ...one, tags: tags.map(describeTag) } };
      }
      const tag = lookUpTag(repository, reference);
      if (!tag) return refusal(404, 'TAG_UNKNOWN', `the specified tag does not exist: ${reference}`);
      return { status: 200, body: { ...one, tag: describeTag(tag) } };
    }
    case 'DELETE _tags':
      return store.removeTag(repository, reference)
        ? { status: 202 }
        : refusal(404, 'TAG_UNKNOWN', 'the specified tag does not exist');
    case 'GET _manifests': {
      const describe = (manifest: StoredManifest) => describeManifest(repository, manifest);
      if (reference === '')
        return { status: 200, body: { ...one, manifests: [...repository.manifests.values()].map(describe) } };
      const manifest = repository.manifests.get(reference);
      if (!manifest) return refusal(404, 'MANIFEST_UNKNOWN', `manifest ${reference} is not found`);
      return { status: 200, body: { ...one, manifest: describe(manifest) } };
    }
    default:
      return refusal(405, 'UNSUPPORTED', `${what.trim()} is not supported here`);
  }
}

/** A page of tags by name, or by time where `orderby` asks for it. */
function listTags(
  { name, tags: all }: Repository,
  query: URLSearchParams,
): { readonly tags: readonly StoredTag[]; readonly next?: string } {
  const order = query.get('orderby') ?? '';
  const sorted = [...all.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  if (order === 'timedesc') sorted.sort(laterFirst);
  if (order === 'timeasc') sorted.sort((a, b) => laterFirst(b, a));
  const rest = sorted.slice(sorted.findIndex((tag) => tag.name === query.get('last')) + 1);
  const tags = rest.slice(0, Number(query.get('n') ?? defaultPageSize));
  const last = tags.at(-1)?.name;
  if (last === undefined || tags.length === rest.length) return { tags };
  const further = new URLSearchParams({ ...Object.fromEntries(query), last });
  return { tags, next: `/acr/v1/${name}/_tags?${further.toString()}` };
}

function laterFirst(a: StoredTag, b: StoredTag): number {
  return b.lastUpdatedOn.getTime() - a.lastUpdatedOn.getTime();
}

function describeRepository({ name, createdOn, manifests, tags }: Repository, registry: string) {
  const updates = [...manifests.values()].map(({ lastUpdatedOn }) => lastUpdatedOn.getTime());
  return {
    registry,
    imageName: name,
    createdTime: azureTime(createdOn),
    lastUpdateTime: azureTime(new Date(Math.max(createdOn.getTime(), ...updates))),
    manifestCount: manifests.size,
    tagCount: tags.size,
    changeableAttributes: attributes,
  };
}

function describeTag({ name, digest, createdOn, lastUpdatedOn }: StoredTag) {
  return {
    name,
    digest,
    createdTime: azureTime(createdOn),
    lastUpdateTime: azureTime(lastUpdatedOn),
    signed: false,
    changeableAttributes: attributes,
  };
}

function describeManifest(
  repository: Repository,
  { digest, mediaType, bytes, createdOn, lastUpdatedOn }: StoredManifest,
) {
  const { config, layers = [] } = JSON.parse(bytes.toString('utf8')) as ManifestFields;
  const sizes = [config ?? [], layers].flat().map(({ size = 0 }) => size);
  return {
    digest,
    imageSize: sizes.reduce((sum, size) => sum + size, bytes.length),
    createdTime: azureTime(createdOn),
    lastUpdateTime: azureTime(lastUpdatedOn),
    mediaType,
    ...(config?.mediaType === undefined ? {} : { configMediaType: config.mediaType }),
    tags: tagsOf(repository, digest),
    changeableAttributes: attributes,
  };
}

/** Azure writes times with seven fractional digits. */
function azureTime(time: Date): string {
  return time.toISOString().replace('Z', '0000Z');
}
