import { parseImageReference, type ImageReference } from '../../lib/model/image-reference.ts';
import { listAt } from '../init/values.ts';

/** The images of an Application's pods (`status.summary.images`). */
export function runningImages(application: unknown): readonly ImageReference[] {
  return listAt(application, 'status', 'summary', 'images').flatMap((text) => parseImageReference(String(text)) ?? []);
}
