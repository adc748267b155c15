import { imageName } from '../../lib/model/image-reference.ts';
import { matchesGlob } from '../../lib/routes/match/glob.ts';
import { findImages } from '../init/find-images.ts';
import type { ApplicationSource } from './application.ts';
import { notFound, runningText, writable, type Checkouts, type PlaceResult, type RunningImage } from './place.ts';

/** The manifests of a plain folder that have an image. */
export function findInFolder(source: ApplicationSource, image: RunningImage, checkouts: Checkouts): PlaceResult {
  const name = imageName(image.name);
  const target = writable(source.repository);
  if ('reason' in target) return notFound(target.reason);
  const { url } = target.repository;
  const where = source.folder === '' ? url : `${source.folder} of ${url}`;
  const checkout = checkouts.of(target.repository);
  if (!checkout) return notFound(`a manifest in ${where} has the image; pass --checkout for it`);
  const files = [...checkout.files.values()].filter(({ path }) => isDeployed(path, source));
  const places = files
    .flatMap((file) => findImages([file]))
    .filter((found) => found.image === name && found.target.kind === 'manifest');
  const unique = places.filter((one, index) => places.findIndex(({ file }) => file === one.file) === index);
  if (unique.length === 0) return notFound(`no manifest in ${where} has ${name}`);
  return {
    kind: 'found',
    places: unique.map((found) => {
      const runs = places.some(({ file, tag }) => file === found.file && tag !== undefined && image.tags.includes(tag));
      const notes = runs ? [] : [`${found.file} has ${found.tag ?? 'no tag'}, but ${runningText(image)} runs`];
      return { repository: target.repository, found, notes };
    }),
  };
}

/** Whether Argo CD applies a file of a plain folder. */
export function isDeployed(
  path: string,
  { folder, directory: { recurse, include, exclude } }: ApplicationSource,
): boolean {
  if (folder !== '' && !path.startsWith(`${folder}/`)) return false;
  const below = folder === '' ? path : path.slice(folder.length + 1);
  if (!recurse && below.includes('/')) return false;
  return (
    (include === undefined || matchesAny(include, below)) && !(exclude !== undefined && matchesAny(exclude, below))
  );
}

/** Argo CD's globs are those of shells: `*` matches any character, and `{a,b}` lists alternatives. */
function matchesAny(glob: string, path: string): boolean {
  const list = /^\{(.*)\}$/.exec(glob)?.[1]?.split(',') ?? [glob];
  return list.some((one) => matchesGlob(one.trim().replaceAll('**', '*'), path, 'name'));
}
