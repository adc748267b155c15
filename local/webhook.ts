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

/** A command line that says that one more image was pushed, ready to be pasted: with the fields that are needed. */
export function curlLine(
  functions: string,
  key: string,
  { id, timestamp, action, target, request }: ReturnType<typeof pushWebhook>,
): string {
  const { repository, tag, digest } = target;
  const body = { id, timestamp, action, target: { repository, tag, digest }, request: { host: request.host } };
  return [
    `curl -i ${functions}/api/webhooks/acr \\`,
    `  -H 'x-functions-key: ${key}' -H 'content-type: application/json' \\`,
    `  -d '${JSON.stringify(body)}'`,
  ].join('\n');
}
