import { Failure } from '../../model/failure.ts';
import type { ArtifactDescription } from '../registry.ts';
import type { StoredManifest } from './content.ts';
import type { ArtifactReader } from './inspect.ts';
import { parseManifest } from './manifest.ts';

/** An index can contain indexes; deeper ones are not images. */
const maxDepth = 3;
/** Entries that are read, as a registry may hold only some of an index. */
const maxEntries = 4;

/**
 * The kind of an artifact by its manifest. An index is of the kind of its first manifest, unless its entries are for
 * platforms: then it is an image.
 *
 * @throws {Failure} `registry-content-missing`, `registry-content-invalid`
 */
export async function describeArtifact(
  reader: Pick<ArtifactReader, 'name' | 'manifest'>,
  stored: StoredManifest,
  depth = 1,
): Promise<ArtifactDescription> {
  const name = `${reader.name}@${stored.digest}`;
  const manifest = parseManifest(stored.bytes, name);
  if (manifest.kind !== 'index') return { kind: manifest.kind, type: manifest.type };
  const { images, foreignType } = manifest;
  if (foreignType !== undefined) return { kind: 'other', type: foreignType };
  if (manifest.hasPlatforms) return { kind: 'image', type: stored.mediaType };
  if (images.length === 0 || depth === maxDepth) return { kind: 'other', type: 'an index without images' };
  for (const digest of images.slice(0, maxEntries)) {
    const child = await reader.manifest(digest);
    if (child) return describeArtifact(reader, child, depth + 1);
  }
  throw new Failure(
    'registry-content-missing',
    `${name} is an index, and the registry has none of its manifests. A replica may lag; otherwise push it again.`,
  );
}
