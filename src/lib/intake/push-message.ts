import type { ImagePushed } from './image-pushed.ts';

/**
 * A pushed image as a message of the queue `work`: the shape of the webhook of Azure Container Registry with
 * the fields that are needed, as a message holds 48 KiB and a body may be longer.
 */
export function pushMessage({ eventId, pushedAt, image }: Omit<ImagePushed, 'kind'>): unknown {
  const { registry, repository, tag, digest } = image;
  return {
    id: eventId,
    timestamp: pushedAt,
    action: 'push',
    target: { repository, tag, digest },
    request: { host: registry },
  };
}
