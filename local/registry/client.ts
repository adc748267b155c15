import { digestOf } from './store.ts';
import { tarGzip } from './tar.ts';

export interface ClientOptions {
  /** URL of the registry. */
  readonly url: string;
  readonly user: { readonly name: string; readonly password: string };
}

export interface ClientImage {
  readonly repository: string;
  readonly tag: string;
  /** The content of the image; other content has another digest. */
  readonly content?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const timeoutMs = 10_000;

/**
 * Pushes a small image as container tools do, by the OCI distribution API: layer, config, then the manifest under its tag.
 *
 * @returns the digest
 */
export async function pushByHttp(
  { url, user }: ClientOptions,
  { repository, tag, content = 'hello', labels = {} }: ClientImage,
): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`;
  async function send(method: string, path: string, type: string, body: Buffer): Promise<void> {
    const headers = { authorization, 'content-type': type, 'user-agent': 'tagrelay-demo' };
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(`${url}/v2/${repository}/${path}`, { method, headers, body, signal });
    if (response.status !== 201) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    await response.body?.cancel();
  }
  async function putBlob(mediaType: string, bytes: Buffer) {
    const digest = digestOf(bytes);
    await send('POST', `blobs/uploads/?digest=${encodeURIComponent(digest)}`, 'application/octet-stream', bytes);
    return { mediaType, digest, size: bytes.length };
  }
  const layer = tarGzip({ app: `${content}\n` });
  const rootfs = { type: 'layers', diff_ids: [digestOf(layer.tar)] };
  const image = { architecture: 'amd64', os: 'linux', config: { Labels: labels }, rootfs };
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: await putBlob('application/vnd.oci.image.config.v1+json', Buffer.from(JSON.stringify(image))),
      layers: [await putBlob('application/vnd.oci.image.layer.v1.tar+gzip', layer.gzip)],
    }),
  );
  await send('PUT', `manifests/${tag}`, manifestType, manifest);
  return digestOf(manifest);
}
