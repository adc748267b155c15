import type { Answer, Request } from './http.ts';
import { refusal } from './http.ts';
import { digestOf, findManifest } from './store.ts';
import type { RegistryStore, Repository, StoredManifest } from './store.ts';

const maxManifestBytes = 4 * 1024 * 1024;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const digestPattern = /^sha256:[0-9a-f]{64}$/;

interface Descriptor {
  readonly mediaType?: string;
  readonly digest: string;
  readonly size?: number;
  readonly urls?: readonly string[];
}

/** The parts of a manifest or index that refer to others. */
export interface ManifestFields {
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function unknownManifest(reference: string): Answer {
  return refusal(404, 'MANIFEST_UNKNOWN', `manifest tagged by "${reference}" is not found`);
}

/** `GET` and `HEAD /v2/{name}/manifests/{reference}`. */
export function getManifest(repository: Repository, reference: string): Answer {
  const manifest = findManifest(repository, reference);
  if (!manifest) return unknownManifest(reference);
  const { digest, mediaType, bytes } = manifest;
  return {
    status: 200,
    headers: { 'content-type': mediaType, 'docker-content-digest': digest, etag: `"${digest}"` },
    body: bytes,
  };
}

/** `PUT /v2/{name}/manifests/{reference}`: what it refers to has to be there already. */
export function putManifest(
  store: RegistryStore,
  repository: Repository,
  reference: string,
  { body, headers }: Request,
): Answer {
  if (body.length > maxManifestBytes) return refusal(413, 'SIZE_INVALID', 'the manifest is longer than 4 MiB');
  const isDigest = digestPattern.test(reference);
  if (!isDigest && !tagPattern.test(reference)) return refusal(400, 'TAG_INVALID', 'expected a tag or a digest');
  if (isDigest && digestOf(body) !== reference)
    return refusal(400, 'DIGEST_INVALID', 'the manifest has another digest');
  const fields = parseFields(body);
  if (!fields) return refusal(400, 'MANIFEST_INVALID', 'expected JSON');
  const blobs = [fields.config ?? [], fields.layers ?? []].flat().filter(({ urls }) => urls === undefined);
  for (const { digest } of blobs) {
    if (!repository.blobs.has(digest)) return refusal(400, 'MANIFEST_BLOB_UNKNOWN', `the blob ${digest} is not there`);
  }
  for (const { digest } of fields.manifests ?? []) {
    if (!repository.manifests.has(digest))
      return refusal(400, 'MANIFEST_UNKNOWN', `the manifest ${digest} is not there`);
  }
  const mediaType = headers['content-type'] ?? fields.mediaType ?? 'application/vnd.oci.image.manifest.v1+json';
  const { digest } = store.putManifest(repository, {
    bytes: body,
    mediaType,
    tag: isDigest ? undefined : reference,
    userAgent: headers['user-agent'],
  });
  return {
    status: 201,
    headers: {
      location: `/v2/${repository.name}/manifests/${digest}`,
      'docker-content-digest': digest,
      ...(fields.subject ? { 'oci-subject': fields.subject.digest } : {}),
    },
  };
}

/** `DELETE /v2/{name}/manifests/{reference}`: a digest takes the manifest and its tags away, a tag only itself. */
export function deleteManifest(store: RegistryStore, repository: Repository, reference: string): Answer {
  const isGone = reference.includes(':')
    ? store.removeManifest(repository, reference)
    : store.removeTag(repository, reference);
  return isGone ? { status: 202 } : unknownManifest(reference);
}

/** `GET /v2/{name}/referrers/{digest}`: the manifests whose subject is the digest. */
export function getReferrers(repository: Repository | undefined, digest: string, artifactType: string | null): Answer {
  const manifests = [...(repository?.manifests.values() ?? [])].flatMap((manifest) => {
    const fields = parseFields(manifest.bytes);
    if (fields?.subject?.digest !== digest) return [];
    const descriptor = referrer(manifest, fields);
    return artifactType === null || descriptor.artifactType === artifactType ? [descriptor] : [];
  });
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  return {
    status: 200,
    headers: { 'content-type': mediaType, ...(artifactType === null ? {} : { 'oci-filters-applied': 'artifactType' }) },
    body: { schemaVersion: 2, mediaType, manifests },
  };
}

function referrer({ mediaType, digest, bytes }: StoredManifest, fields: ManifestFields) {
  const artifactType = fields.artifactType ?? fields.config?.mediaType;
  return { mediaType, digest, size: bytes.length, artifactType, annotations: fields.annotations };
}

function parseFields(bytes: Buffer): ManifestFields | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined; // Answered with 400, or not a referrer.
  }
}
