import { imageName } from '../../lib/model/image-reference.ts';
import { isOfPreview, previewReason } from '../init/set-aside.ts';
import type { ApplicationSource, RunningApplication } from './application.ts';
import { findInFolder } from './find-in-folder.ts';
import { findInHelm } from './find-in-helm.ts';
import { findInKustomization } from './find-in-kustomization.ts';
import { kustomizationFiles } from './kustomization-files.ts';
import { notFound, type Checkouts, type ImagePlace, type PlaceResult, type RunningImage } from './place.ts';

/** Finds the places that set a running image, source by source. */
export function findPlaces(application: RunningApplication, image: RunningImage, checkouts: Checkouts): PlaceResult {
  const results = application.sources
    .filter(({ tool }) => tool !== 'values-only')
    .map((source) => inSource(application, source, image, checkouts));
  const all = results.flatMap((result) => (result.kind === 'found' ? result.places : []));
  const known = all.filter(({ isGuess }) => isGuess !== true);
  const found = known.length > 0 ? known : all;
  const places = found.filter((place) => !isOfPreview(place.found.file));
  if (places.length === 0 && found.length > 0) return notFound(previewReason);
  if (places.length > 0) return { kind: 'found', places: places.map((place) => withBranchNote(place, checkouts)) };
  const reasons = [...new Set(results.flatMap((result) => (result.kind === 'not-found' ? [result.reason] : [])))];
  return notFound(reasons.length === 0 ? 'the application has no source' : reasons.join('; '));
}

/** A checkout of another branch can have other values. */
function withBranchNote(place: ImagePlace, checkouts: Checkouts): ImagePlace {
  const { url, branch } = place.repository;
  const checked = checkouts.of(place.repository)?.branch;
  if (branch === undefined || checked === undefined || checked === branch) return place;
  return { ...place, notes: [...place.notes, `it reads ${branch} of ${url}, and the checkout is on ${checked}`] };
}

function inSource(
  application: RunningApplication,
  source: ApplicationSource,
  image: RunningImage,
  checkouts: Checkouts,
): PlaceResult {
  const tool = toolOf(source, checkouts);
  switch (tool) {
    case 'helm':
      return findInHelm(application, source, image, checkouts);
    case 'kustomize':
      return findInKustomization(application, source, image, checkouts);
    case 'directory':
      return findInFolder(source, image, checkouts);
    case 'plugin':
      return notFound(`a plugin of Argo CD renders ${folderText(source)}; write the route by hand`);
    case 'unknown':
    case 'values-only':
      return notFound(`${imageName(image.name)} is somewhere in ${folderText(source)}; pass --checkout for it`);
    default:
      return tool satisfies never;
  }
}

/** The tool of a source; where the Application does not show it, Argo CD's rules applied to the files. */
export function toolOf(source: ApplicationSource, checkouts: Checkouts): ApplicationSource['tool'] {
  if (source.tool !== 'unknown') return source.tool;
  const checkout = checkouts.of(source.repository);
  if (!checkout) return 'unknown';
  if (checkout.files.has(source.folder === '' ? 'Chart.yaml' : `${source.folder}/Chart.yaml`)) return 'helm';
  return kustomizationFiles(checkout, source.folder) ? 'kustomize' : 'directory';
}

function folderText({ folder, repository }: ApplicationSource): string {
  return `${folder === '' ? 'the root' : folder} of ${repository.url ?? repository.text}`;
}
