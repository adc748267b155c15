import { imageName } from '../../lib/model/image-reference.ts';
import { keys, type PathSegment } from '../../lib/model/value-path.ts';
import type { RunningApplication } from './application.ts';
import type { ImageValue } from './find-in-values.ts';
import type { UnreadFile } from './helm-layers.ts';
import { notFound, writable, type PlaceResult, type RunningImage } from './place.ts';

/** The likely place in the last value file that could not be read: where a known file names the image, else the usual path. */
export function guessPlace(
  { images }: RunningApplication,
  { name, tags }: RunningImage,
  unread: readonly UnreadFile[],
  known: ImageValue<unknown> | undefined,
): PlaceResult {
  const reasons = [...new Set(unread.map(({ reason }) => reason))].join('; ');
  const last = unread.findLast(({ at }) => at !== undefined)?.at;
  if (!last) return notFound(`the place is not known: ${reasons}`);
  const target = writable(last.repository);
  if ('reason' in target) return notFound(target.reason);
  const [tag] = tags;
  const path = known?.path ?? usualPath(name.repository, new Set(images.map(imageName)).size === 1);
  return {
    kind: 'found',
    places: [
      {
        repository: target.repository,
        isGuess: true,
        notes: [`the place in the values is a guess (${reasons})`],
        found: {
          image: imageName(name),
          file: last.file,
          target: known?.kind === 'image' ? { kind: 'helm-image', path } : { kind: 'helm-tag', path, digest: false },
          ...(tag !== undefined && { tag }),
        },
      },
    ],
  };
}

function usualPath(repository: string, isOnly: boolean): readonly PathSegment[] {
  return isOnly ? keys('image', 'tag') : keys(repository.slice(repository.lastIndexOf('/') + 1), 'image', 'tag');
}
