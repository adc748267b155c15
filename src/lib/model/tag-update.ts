import { createHash } from 'node:crypto';
import { z } from 'zod';
import { updateCauseSchema, updateIdPattern, withCause } from './update-cause.ts';
import type { UpdateCause } from './update-cause.ts';
import { digestPattern, imageName, registryPattern, repositoryPattern, tagPattern } from './image-reference.ts';

/** An image reference with a tag. */
export const taggedImageSchema = z.object({
  registry: z.string().regex(registryPattern),
  repository: z.string().regex(repositoryPattern),
  tag: z.string().regex(tagPattern),
  digest: z.string().regex(digestPattern).exactOptional(),
});

export type TaggedImage = Readonly<z.infer<typeof taggedImageSchema>>;

/**
 * One image reference for one environment of one route: the job of the worker. It names its route instead of containing it,
 * so that the current routes apply.
 */
export const tagUpdateSchema = z.preprocess(
  withCause,
  z.object({
    id: z.string().regex(updateIdPattern),
    route: z.string().min(1).max(400),
    environment: z.string().min(1).max(100),
    image: taggedImageSchema,
    /** When the image was pushed, ISO 8601. */
    pushedAt: z.iso.datetime(),
    cause: updateCauseSchema,
  }),
);

export { updateIdPattern };

export type TagUpdate = Readonly<z.infer<typeof tagUpdateSchema>>;

/** The names of an order that a replay keeps. */
export type ReplayOrder = Pick<Extract<UpdateCause, { readonly kind: 'replay' }>, 'actor' | 'reason'>;

/**
 * The id of an update names its effect, never its event: webhook, Event Grid, service hook and reconcile of one push are
 * one update. The digest counts only if the environment writes one.
 */
export function updateId(route: string, environment: string, image: TaggedImage, writesDigest: boolean): string {
  return hashId([route, environment, imageName(image), image.tag, writesDigest ? (image.digest ?? '') : '']);
}

/**
 * The `number`-th replay of an update, or of the update that it replays. It is another job, so it has an id of its own.
 *
 * @param order who ordered it, and why
 */
export function replayOf(update: TagUpdate, number: number, order: ReplayOrder = {}): TagUpdate {
  const of = jobOf(update);
  return { ...update, id: replayId(of, number), cause: { kind: 'replay', of, number, ...order } };
}

/** The same for an update that an older one has overtaken. @param from the only tag that it replaces */
export function overtakenOf(update: TagUpdate, number: number, from: string): TagUpdate {
  const of = jobOf(update);
  return { ...update, id: replayId(of, number), cause: { kind: 'overtaken', of, number, from } };
}

/** The automatic rollback of a deployment; there is one at most. */
export function rollbackId(id: string): string {
  return hashId([id, 'rollback']);
}

/** The rollback that a person orders: each order is a job of its own. */
export function orderedRollbackId(order: string): string {
  return hashId([order, 'ordered rollback']);
}

/** Whether windows and freezes do not hold an update back: a rollback, or a promotion that a person ordered with `now`. */
export function passesWindows({ cause }: TagUpdate): boolean {
  return cause.kind === 'rollback' || (cause.kind === 'promotion' && cause.ordered?.now === true);
}

/** Whether an update was queued by its id: by a person, or again after an older update replaced it. */
export function isOrdered(update: TagUpdate): boolean {
  const { cause } = update;
  if (cause.kind === 'promotion') return cause.ordered !== undefined;
  return isReplay(update) || (cause.kind === 'rollback' && !cause.automatic);
}

/** Whether an update goes back to an earlier value. */
export function isRollback({ cause }: TagUpdate): boolean {
  return cause.kind === 'rollback';
}

/** Whether `onFailure` goes back. */
export function isAutomaticRollback({ cause }: TagUpdate): boolean {
  return cause.kind === 'rollback' && cause.automatic;
}

/** Whether an update repeats another and ignores the mark. */
export function isReplay({ cause }: TagUpdate): boolean {
  return cause.kind === 'replay' || cause.kind === 'overtaken';
}

/** Whether an update ignores the mark, and so goes before the others, alone. */
export function ignoresMark(update: TagUpdate): boolean {
  return isReplay(update) || isRollback(update);
}

/** The job that a replay repeats; else the update itself. */
export function jobOf({ id, cause }: TagUpdate): string {
  return 'number' in cause ? cause.of : id;
}

/** How often a job had been repeated. */
export function replayNumber({ cause }: TagUpdate): number {
  return 'number' in cause ? cause.number : 0;
}

/** Replays of one job up to this number are recognised by their id. */
const recognisedReplays = 100;

/**
 * The update with an id that Git names, if the id is the one of its route, environment and image, or of a replay of that;
 * `undefined` for an id that is not derived from them.
 */
export function jobById(update: TagUpdate, id: string): TagUpdate | undefined {
  for (const writesDigest of [true, false]) {
    const of = updateId(update.route, update.environment, update.image, writesDigest);
    if (of === id) return { ...update, id };
    for (let number = 1; number <= recognisedReplays; number += 1)
      if (replayId(of, number) === id) return { ...update, id, cause: { kind: 'replay', of, number } };
  }
  return undefined;
}

function replayId(of: string, number: number): string {
  return hashId([of, 'replay', number]);
}

function hashId(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** Names the route and environment of an update, for maps. */
export function updateKey({ route, environment }: Pick<TagUpdate, 'route' | 'environment'>): string {
  return `${route}\n${environment}`;
}
