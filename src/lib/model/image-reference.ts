/**
 * Image references `registry/repository:tag@digest`, by the grammar of the OCI distribution specification and of
 * `distribution/reference` (which Docker and Kubernetes use).
 */
export interface ImageReference {
  /** Host and optional port; default `docker.io`. */
  readonly registry: string;
  /** Path within the registry; Docker Hub's official images begin with `library/`. */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:` and 64 hexadecimal digits (or another registered algorithm). */
  readonly digest?: string;
}

export const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
export const digestPattern = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
export const repositoryPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
export const registryPattern =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;

const dockerHub = 'docker.io';
const maxNameLength = 255;

/**
 * Parses a reference, or returns `undefined`. A name without a registry is on Docker Hub. Tag and digest are optional;
 * a missing tag does not become `latest`.
 */
export function parseImageReference(text: string): ImageReference | undefined {
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !digestPattern.test(digest)) return undefined;
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !tagPattern.test(tag)) return undefined;
  const name = splitImageName(hasTag ? named.slice(0, colon) : named);
  return name && { ...name, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** Splits `registry/repository` (no tag, no digest) and fills in Docker Hub's defaults. */
export function splitImageName(name: string): Pick<ImageReference, 'registry' | 'repository'> | undefined {
  if (name.length > maxNameLength) return undefined;
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  // `distribution/reference`: the first part is a host if it has a dot, a port or upper case, or is localhost.
  const isHost = first === 'localhost' || /[.:[A-Z]/.test(first);
  if (isHost && !registryPattern.test(first)) return undefined;
  const path = isHost ? name.slice(slash + 1) : name;
  if (!repositoryPattern.test(path)) return undefined;
  const registry = !isHost || first === 'index.docker.io' ? dockerHub : first.toLowerCase();
  return { registry, repository: registry === dockerHub && !path.includes('/') ? `library/${path}` : path };
}

/** `registry/repository`, as in a route's `image`. */
export function imageName({ registry, repository }: Pick<ImageReference, 'registry' | 'repository'>): string {
  return `${registry}/${repository}`;
}

export function formatImageReference(image: ImageReference): string {
  const tag = image.tag === undefined ? '' : `:${image.tag}`;
  const digest = image.digest === undefined ? '' : `@${image.digest}`;
  return `${imageName(image)}${tag}${digest}`;
}
