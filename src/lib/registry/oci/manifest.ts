import { z } from 'zod';
import { Failure } from '../../model/failure.ts';
import { digestPattern } from '../../model/image-reference.ts';
import { tryParseJson } from '../../model/json.ts';
import type { Artifact } from '../registry.ts';

/** The fields of a manifest or index that the app reads (OCI image specification, Docker image manifest v2). */
export type Manifest =
  | {
      readonly kind: 'index';
      readonly annotations: Readonly<Record<string, string>>;
      /** Digests of the images in it, the likeliest to be deployed first. */
      readonly images: readonly string[];
      /** Some entry is for a platform and has no type of another artifact. */
      readonly hasPlatforms: boolean;
      /** Type of an entry other than a manifest, or the artifact type of the index itself. */
      readonly foreignType?: string;
    }
  | {
      readonly kind: Artifact['kind'];
      readonly annotations: Readonly<Record<string, string>>;
      /** Absent where there is nothing to be read. */
      readonly configDigest?: string;
      /** Artifact type, or the media type that decides the kind. */
      readonly type: string;
    };

/** Go programs write `null` for an empty map; a value that is not text is discarded. */
const textsSchema = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((entries) =>
    Object.entries(entries ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
  .transform((entries): Readonly<Record<string, string>> => Object.fromEntries(entries));

const digestSchema = z.string().regex(digestPattern);
const mediaTypeSchema = z.string().default('');

const manifestSchema = z.object({
  mediaType: mediaTypeSchema,
  artifactType: z.string().optional(),
  config: z.object({ mediaType: mediaTypeSchema, digest: digestSchema }).optional(),
  layers: z.array(z.object({ mediaType: mediaTypeSchema })).nullish(),
  manifests: z
    .array(
      z.object({
        digest: digestSchema,
        mediaType: mediaTypeSchema,
        artifactType: z.string().optional(),
        platform: z.object({ os: z.string().default(''), architecture: z.string().default('') }).nullish(),
        annotations: textsSchema,
      }),
    )
    .optional(),
  annotations: textsSchema,
});

const chartConfig = 'application/vnd.cncf.helm.config.v1+json';
const imageConfigs: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);
/** Entries of an index of images. BuildKit puts the layers of a cache into an index. */
const manifestTypes =
  /^(?:|application\/vnd\.oci\.image\.(?:manifest|index)\.v1\+json|application\/vnd\.docker\.distribution\.manifest\.(?:v1|v2|list\.v2)\+.*)$/;
/** Signatures and attestations carry the config of an image, but no layer of one (cosign, BuildKit). */
const imageLayers = /^application\/vnd\.(?:oci\.image\.layer\.|docker\.image\.rootfs\.)/;

/**
 * Reads a manifest or index.
 *
 * @throws {Failure} `registry-content-invalid`
 */
export function parseManifest(bytes: Buffer, name: string): Manifest {
  const { data, error } = manifestSchema.safeParse(tryParseJson(bytes.toString('utf8')));
  if (!data) throw invalid(name, 'manifest', error);
  const { mediaType, artifactType, config, layers, manifests, annotations } = data;
  if (manifests) {
    // One text that some take for an index and others for an image (CVE-2021-41190).
    if (config !== undefined || (layers !== undefined && layers !== null)) {
      throw new Failure(
        'registry-content-invalid',
        `${name} is an index and a manifest at once. Build and push it again.`,
      );
    }
    const images = manifests.filter(isImage).sort((a, b) => rank(a) - rank(b));
    const foreignType = artifactType ?? manifests.find(({ mediaType: type }) => !manifestTypes.test(type))?.mediaType;
    return {
      kind: 'index',
      annotations,
      images: images.map(({ digest }) => digest),
      hasPlatforms: images.some((entry) => (entry.platform?.os ?? '') !== '' && entry.artifactType === undefined),
      ...(foreignType !== undefined && { foreignType }),
    };
  }
  if (!config) return { kind: 'other', annotations, type: artifactType ?? (mediaType || 'no media type') };
  const configType = config.mediaType || 'no media type';
  if (configType === chartConfig) return { kind: 'chart', annotations, configDigest: config.digest, type: configType };
  const hasImageConfig = imageConfigs.has(configType);
  const isImageManifest =
    hasImageConfig &&
    ((layers ?? []).length === 0 || (layers ?? []).some(({ mediaType: type }) => imageLayers.test(type)));
  if (isImageManifest) return { kind: 'image', annotations, configDigest: config.digest, type: configType };
  const layerType = hasImageConfig ? layers?.[0]?.mediaType : undefined;
  return { kind: 'other', annotations, type: artifactType ?? layerType ?? configType };
}

type IndexEntry = NonNullable<z.infer<typeof manifestSchema>['manifests']>[number];

/** BuildKit puts attestations into the index, for a platform `unknown/unknown`. */
function isImage({ platform, annotations }: IndexEntry): boolean {
  return platform?.os !== 'unknown' && annotations['vnd.docker.reference.type'] === undefined;
}

function rank({ platform }: IndexEntry): number {
  const order = ['linux/amd64', 'linux/arm64'].indexOf(`${platform?.os}/${platform?.architecture}`);
  return order < 0 ? 2 : order;
}

const imageConfigSchema = z.object({
  created: z.string().nullish(),
  config: z.object({ Labels: textsSchema }).nullish(),
});

/** @throws {Failure} `registry-content-invalid` */
export function parseImageConfig(bytes: Buffer, name: string): Pick<Artifact, 'labels' | 'builtOn'> {
  const { data, error } = imageConfigSchema.safeParse(tryParseJson(bytes.toString('utf8')));
  if (!data) throw invalid(name, 'image config', error);
  const builtOn = new Date(data.created ?? '');
  return {
    labels: data.config?.Labels ?? {},
    ...(Number.isNaN(builtOn.getTime()) ? {} : { builtOn }),
  };
}

const chartConfigSchema = z.object({ name: z.string().min(1), version: z.string().min(1) });

/** @throws {Failure} `registry-content-invalid` */
export function parseChartConfig(bytes: Buffer, name: string): Required<Pick<Artifact, 'chart'>> {
  const { data, error } = chartConfigSchema.safeParse(tryParseJson(bytes.toString('utf8')));
  if (!data) throw invalid(name, 'chart config', error);
  return { chart: data };
}

function invalid(name: string, what: string, error: z.ZodError): Failure {
  const fields = error.issues.map(({ path, message }) =>
    [path.map(String).join('.'), message].filter(Boolean).join(': '),
  );
  return new Failure('registry-content-invalid', `The ${what} of ${name} is none (${fields.slice(0, 3).join('; ')}).`);
}
