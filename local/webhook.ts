import { createHash, randomUUID } from 'node:crypto';

/** The body that Azure Container Registry sends when an image is pushed (webhook schema reference). */
export function pushWebhook(
  image: { readonly registry: string; readonly repository: string; readonly tag: string },
  now: Date,
) {
  const { registry, repository, tag } = image;
  const digest = `sha256:${createHash('sha256').update(`${registry}/${repository}:${tag}`).digest('hex')}`;
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  return {
    id: randomUUID(),
    timestamp: now.toISOString(),
    action: 'push',
    target: { mediaType, size: 1570, digest, length: 1570, repository, tag },
    request: { id: randomUUID(), host: registry, method: 'PUT', useragent: 'docker/28.2.2' },
  };
}
