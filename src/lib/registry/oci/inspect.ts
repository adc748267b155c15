import { Failure } from '../../model/failure.ts';
import type { Artifact } from '../registry.ts';
import type { RegistryContent, StoredManifest } from './content.ts';
import { parseChartConfig, parseImageConfig, parseManifest } from './manifest.ts';

/** One repository of one registry, for the length of one question. */
export interface ArtifactReader {
  /** `registry/repository`, for messages. */
  readonly name: string;
  manifest(reference: string): ReturnType<RegistryContent['manifest']>;
  blob(digest: string): ReturnType<RegistryContent['blob']>;
}

type Contents = Omit<Artifact, 'digest' | 'createdOn'>;

/** An index can contain indexes; real images do not nest deeper than this. */
const maxDepth = 3;
/** Platforms that are tried, as a registry may hold only some of an index. */
const maxPlatforms = 4;

/**
 * Reads on from a manifest: index, manifest of one platform, config.
 *
 * @throws {Failure} `registry-content-missing`, `registry-content-invalid`
 */
export async function readContents(reader: ArtifactReader, stored: StoredManifest, depth = 1): Promise<Contents> {
  const name = `${reader.name}@${stored.digest}`;
  const manifest = parseManifest(stored.bytes, name);
  const { annotations } = manifest;
  if (manifest.kind === 'index') {
    const [first, ...others] = manifest.images;
    if (first === undefined) return { kind: 'other', labels: {}, annotations };
    if (depth === maxDepth)
      throw new Failure(
        'registry-content-invalid',
        `${name} is an index in an index in an index, which is not an image.`,
      );
    for (const digest of [first, ...others].slice(0, maxPlatforms)) {
      const child = await reader.manifest(digest);
      if (!child) continue;
      const contents = await readContents(reader, child, depth + 1);
      return { ...contents, annotations: { ...annotations, ...contents.annotations } };
    }
    throw missing(reader.name, first, 'manifest');
  }
  if (manifest.configDigest === undefined) return { kind: manifest.kind, labels: {}, annotations };
  const config = await reader.blob(manifest.configDigest);
  if (!config) throw missing(reader.name, manifest.configDigest, 'config');
  const configName = `${reader.name}@${manifest.configDigest}`;
  return manifest.kind === 'chart'
    ? { kind: 'chart', labels: {}, annotations, ...parseChartConfig(config, configName) }
    : { kind: 'image', annotations, ...parseImageConfig(config, configName) };
}

function missing(name: string, digest: string, what: string): Failure {
  return new Failure(
    'registry-content-missing',
    `${name} has an image whose ${what} ${digest} the registry does not have. A replica may lag; otherwise push the image again.`,
  );
}
