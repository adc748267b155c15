import { imageName } from '../../lib/model/image-reference.ts';
import { formatPath } from '../../lib/model/value-path.ts';
import type { FoundImage } from '../init/found-image.ts';
import { textAt } from '../init/values.ts';
import { normalize } from './value-file.ts';
import type { ApplicationSource, RunningApplication } from './application.ts';
import { applicationPlace } from './application-place.ts';
import { guessPlace } from './guess-place.ts';
import { findInValues, type ImageValue } from './find-in-values.ts';
import { helmValues, type HelmOrigin } from './helm-layers.ts';
import { notFound, runningText, writable, type Checkouts, type PlaceResult, type RunningImage } from './place.ts';

/** The value that sets an image in the values of a chart: that of the last layer that has it, as Helm merges. */
export function findInHelm(
  application: RunningApplication,
  source: ApplicationSource,
  image: RunningImage,
  checkouts: Checkouts,
): PlaceResult {
  const { merged, unread } = helmValues(source, checkouts);
  const all = findInValues(merged, image);
  const running = all.filter(({ runs }) => runs);
  const chosen = running.length > 0 ? running : all;
  // Files that are not known can override values that do not run.
  if (running.length === 0 && unread.some(({ isChart }) => !isChart || all.length === 0))
    return guessPlace(application, image, unread, all[0]);
  if (chosen.length === 0) {
    const versioned = versionedChart(source, image, checkouts);
    if (versioned !== undefined) return notFound(`the appVersion in ${versioned} is the tag; set it in a value file`);
    return notFound(
      `no value of ${chartText(source)} names ${imageName(image.name)} or has its tag ${runningText(image)}`,
    );
  }
  if (chosen.length > 1 && chosen.some(({ evidence }) => evidence === 'tag'))
    return notFound(
      `${chosen.map(({ path }) => formatPath(path)).join(', ')} have the tag ${runningText(image)}, and none names the image`,
    );
  const results = chosen.map((value) => placeOf(application, value, image, checkouts));
  const places = results.flatMap((result) => (result.kind === 'found' ? result.places : []));
  const left = all.filter((value) => !chosen.includes(value));
  const [first, ...others] = places;
  if (!first) return results[0] ?? notFound('');
  const notes = [
    ...left.map(({ path, tag }) => `${formatPath(path)} names the image too, with ${tag}, which does not run`),
    ...unread.filter(({ isChart }) => !isChart).map(({ reason }) => reason),
  ];
  return { kind: 'found', places: [{ ...first, notes: [...first.notes, ...notes] }, ...others] };
}

function placeOf(
  application: RunningApplication,
  value: ImageValue<HelmOrigin>,
  image: RunningImage,
  checkouts: Checkouts,
): PlaceResult {
  const { origin, path, tag, runs, evidence } = value;
  const name = imageName(image.name);
  const notes = [
    ...(runs || image.tags.length === 0
      ? []
      : [`${formatPath(path)} is ${tag === '' ? 'empty' : tag}, but ${runningText(image)} runs`]),
    ...(evidence === 'tag' ? [`${formatPath(path)} was found by the tag ${tag} alone`] : []),
  ];
  if (origin.kind !== 'file') {
    const result = applicationPlace(application, image, checkouts, origin, value);
    if (result.kind === 'not-found') return result;
    return { kind: 'found', places: result.places.map((place) => Object.assign({}, place, { notes })) };
  }
  const target = writable(origin.repository);
  if ('reason' in target) return notFound(target.reason);
  return {
    kind: 'found',
    places: [
      { repository: target.repository, notes, found: { image: name, file: origin.file, tag, target: targetOf(value) } },
    ],
  };
}

function targetOf({ kind, path, digest, hasDigest, origin }: ImageValue<HelmOrigin>): FoundImage['target'] {
  if (kind === 'image') return { kind: 'helm-image', path, ...(hasDigest === true && { digest: true }) };
  const isBeside = digest?.origin.kind === 'file' && origin.kind === 'file' && digest.origin.file === origin.file;
  return { kind: 'helm-tag', path, digest: isBeside };
}

/** The `Chart.yaml` whose `appVersion` is the running tag: the usual default of charts. */
function versionedChart(
  { repository, folder, chart }: ApplicationSource,
  { tags }: RunningImage,
  checkouts: Checkouts,
): string | undefined {
  const path = normalize(`${folder}/Chart.yaml`);
  const document = chart === undefined ? checkouts.of(repository)?.files.get(path)?.documents[0] : undefined;
  const version = textAt(document, 'appVersion');
  return version !== undefined && tags.includes(version) ? path : undefined;
}

function chartText({ folder, chart, repository }: ApplicationSource): string {
  return chart === undefined ? `the chart ${folder} of ${repository.url ?? repository.text}` : `the chart ${chart}`;
}
