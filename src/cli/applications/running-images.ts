import { imageName, parseImageReference, type ImageReference } from '../../lib/model/image-reference.ts';
import { groupBy } from '../init/texts.ts';
import { listAt } from '../init/values.ts';
import type { RunningApplication } from './application.ts';
import type { RunningImage } from './place.ts';

/** The images of an Application's pods (`status.summary.images`). */
export function podImages(application: unknown): readonly ImageReference[] {
  return listAt(application, 'status', 'summary', 'images').flatMap((text) => parseImageReference(String(text)) ?? []);
}

/** The images of an application, each with all tags and digests that run. */
export function runningImages({ images }: Pick<RunningApplication, 'images'>): readonly RunningImage[] {
  return Array.from(groupBy(images, imageName).values(), (same) => ({
    name: { registry: same[0]?.registry ?? '', repository: same[0]?.repository ?? '' },
    tags: [...new Set(same.flatMap(({ tag }) => tag ?? []))],
    digests: [...new Set(same.flatMap(({ digest }) => digest ?? []))],
  }));
}
