import { createHash } from 'node:crypto';
import { z } from 'zod';
import { digestPattern, imageName, registryPattern, repositoryPattern, tagPattern } from './image-reference.ts';

/** An image reference with a tag: what a tag update delivers. */
export const taggedImageSchema = z.object({
  registry: z.string().regex(registryPattern),
  repository: z.string().regex(repositoryPattern),
  tag: z.string().regex(tagPattern),
  digest: z.string().regex(digestPattern).exactOptional(),
});

export type TaggedImage = Readonly<z.infer<typeof taggedImageSchema>>;

export const updateIdPattern = /^[0-9a-f]{32}$/;

/**
 * One image reference for one environment of one route: the job in the queue `tag-updates`. It names its route instead
 * of carrying it, so that it is applied by the routes of the moment.
 */
export const tagUpdateSchema = z.object({
  id: z.string().regex(updateIdPattern),
  route: z.string().min(1).max(400),
  environment: z.string().min(1).max(100),
  image: taggedImageSchema,
  /** When the image was pushed, ISO 8601. */
  pushedAt: z.iso.datetime(),
  /**
   * This very update once more, as a person asked for it, or because an older one has overtaken it: it goes round the
   * mark. `of` is the id that the registry's event gave, `number` counts the replays of it; `from` is the tag that alone
   * it may replace.
   */
  replay: z
    .object({
      of: z.string().regex(updateIdPattern),
      number: z.int().min(1),
      from: z.string().min(1).max(200).exactOptional(),
    })
    .exactOptional(),
});

export type TagUpdate = Readonly<z.infer<typeof tagUpdateSchema>>;

/**
 * An update's identity is what it does, never the event that asked for it: webhook, Event Grid, service hook and
 * reconcile of one push are one update. The digest counts only where the environment writes one.
 */
export function updateId(route: string, environment: string, image: TaggedImage, writesDigest: boolean): string {
  return hashId([route, environment, imageName(image), image.tag, writesDigest ? (image.digest ?? '') : '']);
}

/** The `number`-th replay of an update, or of what that is a replay of. It has an id of its own: it is another job. */
export function replayOf(update: TagUpdate, number: number, from?: string): TagUpdate {
  const of = update.replay?.of ?? update.id;
  const replay = { of, number, ...(from !== undefined && { from }) };
  return { ...update, id: hashId([of, 'replay', number]), replay };
}

/** The job that a replay repeats; else the update itself. */
export function jobOf({ id, replay }: TagUpdate): string {
  return replay?.of ?? id;
}

/** How often a job had been repeated. */
export function replayNumber({ replay }: TagUpdate): number {
  return replay?.number ?? 0;
}

function hashId(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** Names the route and environment of an update, for maps. */
export function updateKey({ route, environment }: Pick<TagUpdate, 'route' | 'environment'>): string {
  return `${route}\n${environment}`;
}
