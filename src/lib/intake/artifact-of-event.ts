import type { ArtifactKind } from '../model/file-edit.ts';

const kinds: ReadonlyMap<string, ArtifactKind> = new Map([
  ['application/vnd.docker.distribution.manifest.v2+json', 'image'],
  ['application/vnd.docker.distribution.manifest.list.v2+json', 'image'],
  ['application/vnd.docker.distribution.manifest.v1+prettyjws', 'image'],
  ['application/vnd.docker.container.image.v1+json', 'image'],
  ['application/vnd.oci.image.config.v1+json', 'image'],
  ['application/vnd.cncf.helm.config.v1+json', 'chart'],
]);

/** Types of manifests that any artifact can have. */
const undecided: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
]);

/**
 * The kind of a pushed artifact by the types in its event: the artifact type, else the media type of the manifest.
 * `undefined` where only the manifest decides.
 */
export function artifactOfEvent({
  mediaType,
  artifactType,
}: {
  readonly mediaType?: string | null | undefined;
  readonly artifactType?: string | null | undefined;
}): ArtifactKind | 'other' | undefined {
  const [type = ''] = [artifactType, mediaType].flatMap((text) => text?.split(';', 1)[0]?.trim().toLowerCase() || []);
  return type === '' || undecided.has(type) ? undefined : (kinds.get(type) ?? 'other');
}
