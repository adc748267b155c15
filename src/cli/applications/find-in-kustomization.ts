import { imageName, parseImageReference } from '../../lib/model/image-reference.ts';
import { findImages } from '../init/find-images.ts';
import type { FoundImage } from '../init/found-image.ts';
import type { ScannedFile } from '../init/scan.ts';
import type { ApplicationSource, RunningApplication } from './application.ts';
import { applicationPlace } from './application-place.ts';
import { kustomizationFiles } from './kustomization-files.ts';
import {
  notFound,
  runningText,
  writable,
  type Checkout,
  type Checkouts,
  type PlaceResult,
  type RunningImage,
} from './place.ts';
import { normalize } from './value-file.ts';

/** The kustomization that sets an image: the outermost one with an entry for it, else the manifest that has it. */
export function findInKustomization(
  application: RunningApplication,
  source: ApplicationSource,
  image: RunningImage,
  checkouts: Checkouts,
): PlaceResult {
  const name = imageName(image.name);
  const index = source.kustomizeImages.findIndex(({ text }) => overrides(text, name));
  const own = source.kustomizeImages[index];
  if (own) return applicationPlace(application, image, checkouts, { kind: 'kustomize', index, ...own });
  const target = writable(source.repository);
  if ('reason' in target) return notFound(target.reason);
  const checkout = checkouts.of(target.repository);
  if (!checkout) {
    const [tag] = image.tags;
    const file = normalize(`${source.folder}/kustomization.yaml`);
    const found: FoundImage = {
      image: name,
      file,
      target: { kind: 'kustomize', digest: false },
      ...(tag !== undefined && { tag }),
    };
    const notes = [`the entry of images is a guess (no --checkout for ${target.repository.url})`];
    return { kind: 'found', places: [{ repository: target.repository, found, notes, isGuess: true }] };
  }
  const all = searchFolder(checkout, source.folder, name, new Set());
  if (all.length === 0)
    return notFound(
      `no kustomization from ${source.folder} on names ${name} (bases in other repositories are not read)`,
    );
  const running = all.filter(({ tag }) => tag !== undefined && image.tags.includes(tag));
  const chosen = running.length > 0 ? running : all;
  return {
    kind: 'found',
    places: chosen.map((found) => ({
      repository: target.repository,
      found,
      notes: running.length > 0 ? [] : [`${found.file} has ${found.tag ?? 'no tag'}, but ${runningText(image)} runs`],
    })),
  };
}

function searchFolder(checkout: Checkout, folder: string, image: string, seen: Set<string>): readonly FoundImage[] {
  const files = seen.has(folder) ? undefined : kustomizationFiles(checkout, folder);
  seen.add(folder);
  if (!files) return [];
  const imagesIn = (one: ScannedFile): readonly FoundImage[] =>
    findImages([one]).filter((found) => found.image === image);
  const own = imagesIn(files.own);
  if (own.length > 0) return own;
  const patched = files.patches.flatMap(imagesIn);
  if (patched.length > 0) return patched;
  return [
    ...[...files.values, ...files.resources].flatMap(imagesIn),
    ...files.folders.flatMap((below) => searchFolder(checkout, below, image, seen)),
  ];
}

/** Whether an entry of `kustomize.images` of an Application sets an image. */
function overrides(text: string, image: string): boolean {
  const reference = parseImageReference(text.slice(text.indexOf('=') + 1));
  return reference !== undefined && imageName(reference) === image;
}
