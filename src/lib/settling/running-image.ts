import { writesDigest } from '../model/file-edit.ts';
import type { FileEdit } from '../model/file-edit.ts';
import { imageName, parseImageReference } from '../model/image-reference.ts';
import type { ImageReference } from '../model/image-reference.ts';
import type { ResolvedUpdate } from '../values/inspect.ts';
import type { SyncFacts } from './sync-facts.ts';

/**
 * Whether an application runs the image of an update, by the fields that its route writes. `undefined` if unknown: Argo CD
 * did not list all images, or the update is of a chart.
 */
export function runsImage(
  {
    update: { image },
    environment: { update: steps },
  }: {
    readonly update: Pick<ResolvedUpdate['update'], 'image'>;
    readonly environment: Pick<ResolvedUpdate['environment'], 'update'>;
  },
  { images, hasAllImages, charts }: Pick<SyncFacts, 'images' | 'hasAllImages' | 'charts'>,
): boolean | undefined {
  const isChart =
    (steps.length > 0 && steps.every(({ kind }) => kind === 'chart')) ||
    charts.some(({ name }) => name === imageName(image));
  if (images === undefined || isChart) return undefined;
  const answers = new Set(runningOf(image, images).map((running) => isSame(running, image, steps)));
  if (answers.has(true)) return true;
  return answers.has(undefined) || !hasAllImages ? undefined : false;
}

/** The running images of the same repository. */
export function runningOf(
  image: Pick<ImageReference, 'registry' | 'repository'>,
  images: readonly string[],
): readonly ImageReference[] {
  const name = imageName(image);
  return images.flatMap((text) => {
    const running = parseImageReference(text);
    return running && imageName(running) === name ? [running] : [];
  });
}

function isSame(running: ImageReference, image: ImageReference, steps: readonly FileEdit[]): boolean | undefined {
  const byDigest =
    running.digest !== undefined && image.digest !== undefined ? running.digest === image.digest : undefined;
  const byTag = running.tag === undefined ? undefined : running.tag === image.tag;
  // Another tool may write both.
  if (steps.length === 0) return byDigest ?? byTag;
  if (steps.some(writesDigest) && byDigest !== undefined) return byDigest;
  if (byTag !== undefined && steps.some(writesTag)) return byTag;
  // A reference without a tag is compared by the digest of the push.
  return byDigest;
}

function writesTag(update: FileEdit): boolean {
  return update.kind === 'yaml' ? update.value.includes('{tag}') : true;
}
