import { digestOf } from './store.ts';
import type { RegistryStore } from './store.ts';
import { tarGzip } from './tar.ts';

export interface PushOptions {
  readonly repository: string;
  /** Absent: pushed by digest. */
  readonly tag?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Look-ups for which the tag is not there yet, as on a replica that lags. */
  readonly lag?: number;
}

export interface ImageOptions extends PushOptions {
  readonly labels?: Readonly<Record<string, string>>;
  /** The content of the image; other content has another digest. */
  readonly content?: string;
  /** The build time that the image declares, ISO 8601. */
  readonly builtOn?: string;
  /** An index of linux/amd64 and linux/arm64 with an attestation, as BuildKit pushes it. */
  readonly multiArch?: boolean;
}

export interface ChartOptions extends PushOptions {
  readonly name: string;
  /** A `+` in it is written as `_` in the tag, which is the version where none is given. */
  readonly version: string;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

type ManifestOf = Readonly<Record<string, unknown>> & { readonly mediaType: string };

const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  imageConfig: 'application/vnd.oci.image.config.v1+json',
  imageLayer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  chartConfig: 'application/vnd.cncf.helm.config.v1+json',
  chartLayer: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
} as const;

/** Puts images and charts into the store as real clients would push them, without the network. Gives their digests. */
export class Pusher {
  readonly #store: RegistryStore;

  constructor(store: RegistryStore) {
    this.#store = store;
  }

  image(options: ImageOptions): string {
    const platforms = options.multiArch === true ? ['amd64', 'arm64'] : ['amd64'];
    const images = platforms.map((architecture) =>
      Object.assign(this.#platformImage(options, architecture, options.multiArch !== true), {
        platform: { architecture, os: 'linux' },
      }),
    );
    const [first] = images;
    if (options.multiArch !== true && first) return first.digest;
    const manifests = [...images, ...images.map(({ digest }) => this.#attestation(options.repository, digest))];
    const { annotations } = options;
    return this.manifest(options, { schemaVersion: 2, mediaType: types.index, manifests, annotations }).digest;
  }

  chart(options: ChartOptions): string {
    const { repository, name, version, annotations } = options;
    const metadata = { apiVersion: 'v2', name, version, type: 'application' };
    const archive = tarGzip({ [`${name}/Chart.yaml`]: `${JSON.stringify(metadata)}\n` });
    return this.manifest(
      { tag: version.replaceAll('+', '_'), ...options },
      {
        schemaVersion: 2,
        mediaType: types.manifest,
        config: this.blob(repository, types.chartConfig, Buffer.from(JSON.stringify(metadata))),
        layers: [this.blob(repository, types.chartLayer, archive.gzip)],
        annotations,
      },
    ).digest;
  }

  blob(repository: string, mediaType: string, bytes: Buffer): Descriptor {
    const digest = this.#store.putBlob(this.#store.open(repository), bytes);
    return { mediaType, digest, size: bytes.length };
  }

  /** Any manifest or index, under the tag where there is one. */
  manifest({ repository, tag, lag }: PushOptions, manifest: ManifestOf): Descriptor {
    const bytes = Buffer.from(JSON.stringify(manifest));
    const { mediaType } = manifest;
    const { digest } = this.#store.putManifest(this.#store.open(repository), { bytes, mediaType, tag, lag });
    return { mediaType, digest, size: bytes.length };
  }

  #platformImage(options: ImageOptions, architecture: string, isTagged: boolean): Descriptor {
    const { repository, labels, annotations, content = 'hello', builtOn, tag, lag } = options;
    const layer = tarGzip({ app: `${content} on ${architecture}\n` });
    const config = {
      architecture,
      os: 'linux',
      ...(builtOn === undefined ? {} : { created: builtOn }),
      config: { Labels: labels ?? null },
      rootfs: { type: 'layers', diff_ids: [digestOf(layer.tar)] },
    };
    return this.manifest(
      { repository, ...(isTagged && tag !== undefined ? { tag } : {}), ...(lag === undefined ? {} : { lag }) },
      {
        schemaVersion: 2,
        mediaType: types.manifest,
        config: this.blob(repository, types.imageConfig, Buffer.from(JSON.stringify(config))),
        layers: [this.blob(repository, types.imageLayer, layer.gzip)],
        ...(isTagged ? { annotations } : {}),
      },
    );
  }

  #attestation(repository: string, subject: string) {
    const statement = Buffer.from(JSON.stringify({ _type: 'https://in-toto.io/Statement/v0.1', subject }));
    const rootfs = { type: 'layers', diff_ids: [digestOf(statement)] };
    const config = Buffer.from(JSON.stringify({ architecture: 'unknown', os: 'unknown', config: {}, rootfs }));
    const descriptor = this.manifest(
      { repository },
      {
        schemaVersion: 2,
        mediaType: types.manifest,
        config: this.blob(repository, types.imageConfig, config),
        layers: [this.blob(repository, 'application/vnd.in-toto+json', statement)],
      },
    );
    return {
      ...descriptor,
      annotations: { 'vnd.docker.reference.digest': subject, 'vnd.docker.reference.type': 'attestation-manifest' },
      platform: { architecture: 'unknown', os: 'unknown' },
    };
  }
}
