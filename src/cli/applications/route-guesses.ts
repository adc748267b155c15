import { imageName } from '../../lib/model/image-reference.ts';
import { compareEnvironments } from '../init/environment-words.ts';
import { updateOf, type EnvironmentGuess, type ImageGuess } from '../init/guess.ts';
import type { FoundImage } from '../init/found-image.ts';
import { unknownEnvironment } from '../init/placed-image.ts';
import { runningImages } from './running-images.ts';
import { groupBy, shortList, withWord } from '../init/texts.ts';
import type { RunningApplication } from './application.ts';
import { environmentsOf, type NamedEnvironment } from './environments-of.ts';
import { findPlaces } from './find-place.ts';
import type { Uncovered } from './find-uncovered.ts';
import { notFound, type Checkouts, type ImagePlace } from './place.ts';

export interface ApplicationGuess {
  readonly images: readonly ImageGuess[];
  /** Running images without a place that a route can write. */
  readonly missing: readonly Uncovered[];
  readonly notes: readonly string[];
}

interface PlacedImage {
  readonly image: string;
  readonly application: string;
  readonly place: ImagePlace;
}

/** Routes for the images that applications run. `refusal` gives the reason why an image is left out, by its name. */
export function guessFromApplications(
  applications: readonly RunningApplication[],
  checkouts: Checkouts,
  refusal: (image: string) => string | undefined,
): ApplicationGuess {
  const isOwn = (image: string): boolean => refusal(image) === undefined;
  const placed: PlacedImage[] = [];
  const missing: Uncovered[] = [];
  for (const application of applications) {
    const own = { ...application, images: application.images.filter((image) => isOwn(imageName(image))) };
    for (const image of runningImages(application)) {
      const name = imageName(image.name);
      const reason = refusal(name);
      const result = reason === undefined ? findPlaces(own, image, checkouts) : notFound(reason);
      if (result.kind === 'not-found')
        missing.push({ image: name, applications: [application.name], reason: result.reason });
      else placed.push(...result.places.map((place) => ({ image: name, application: application.name, place })));
    }
  }
  const environments = environmentsOf(
    applications.map((application) => {
      const own = placed.filter((one) => one.application === application.name);
      return {
        application,
        images: [
          ...new Set(
            runningImages(application)
              .map(({ name }) => imageName(name))
              .filter(isOwn),
          ),
        ],
        files: [...new Set(own.map(({ place }) => place.found.file))],
        ...(own[0] && { target: branchKey(own[0].place) }),
      };
    }),
  );
  const grouped = groupPlaces(placed, environments);
  const images = groupBy(grouped, ({ image }) => image);
  const guesses = Array.from(images, ([image, groups]) => guessImage(image, groups)).toSorted(
    (a, b) => Number(a.guess.image > b.guess.image) - Number(a.guess.image < b.guess.image),
  );
  return {
    images: guesses.map(({ guess }) => guess),
    missing: [...guesses.flatMap((one) => one.uncovered), ...missing],
    notes: [
      ...new Set([
        ...idleNotes(applications),
        ...placeNotes(placed),
        ...grouped.flatMap(({ notes }) => notes),
        ...guesses.flatMap(({ guess }) => severalFiles(guess)),
        ...Array.from(environments).flatMap(([name, { doubt }]) => (doubt === undefined ? [] : [`${name}: ${doubt}`])),
      ]),
    ],
  };
}

/** The environment in the name of an element. */
function withElement(found: FoundImage, environment: string): FoundImage {
  const { target } = found;
  if (target.kind !== 'application' || target.element === undefined) return found;
  return { ...found, target: { ...target, element: withWord(target.element, environment, 'environment') } };
}

/** One commit changes all files of an environment. */
function severalFiles({ image, environments }: ImageGuess): readonly string[] {
  return Array.from(environments).flatMap(([name, { update }]) => {
    const files = [...new Set(update.map(({ file }) => file.replaceAll('{environment}', name)))];
    return files.length > 1 ? [`${image} in ${name}: one push writes ${shortList(files, 4)}`] : [];
  });
}

function placeNotes(placed: readonly PlacedImage[]): readonly string[] {
  const all = placed.flatMap(({ application, place }) => place.notes.map((note) => ({ application, note })));
  return Array.from(
    groupBy(all, ({ note }) => note),
    ([note, same]) => `${shortList([...new Set(same.map(({ application }) => application))])}: ${note}`,
  );
}

function branchKey({ repository: { key, branch } }: ImagePlace): string {
  return JSON.stringify([key, branch]);
}

function idleNotes(applications: readonly RunningApplication[]): readonly string[] {
  const idle = applications.filter(({ images }) => images.length === 0).map(({ name }) => name);
  return idle.length === 0 ? [] : [`without a running image, so without a route: ${idle.join(', ')}`];
}

/** A place, with every application that deploys from it. */
interface PlaceGroup {
  readonly image: string;
  readonly place: ImagePlace;
  readonly applications: readonly string[];
  readonly environment: NamedEnvironment;
  readonly notes: readonly string[];
}

function groupPlaces(
  placed: readonly PlacedImage[],
  environments: ReadonlyMap<string, NamedEnvironment>,
): readonly PlaceGroup[] {
  const groups = groupBy(placed, ({ image, place: { repository, found } }) =>
    JSON.stringify([image, repository.key, repository.branch, found.file, found.target]),
  );
  return Array.from(groups.values()).flatMap((group): PlaceGroup[] => {
    const [first] = group;
    if (!first) return [];
    const applications = [...new Set(group.map(({ application }) => application))];
    const names = applications.map((name) => environments.get(name));
    return [{ image: first.image, place: first.place, applications, ...shared(applications, names, first.place) }];
  });
}

/** The environment of applications that deploy from one place: what their names have in common. */
function shared(
  applications: readonly string[],
  environments: readonly (NamedEnvironment | undefined)[],
  { found: { file } }: ImagePlace,
): Pick<PlaceGroup, 'environment' | 'notes'> {
  const [first] = environments;
  const listed = applications.join(', ');
  if (environments.includes(undefined)) {
    const environment = { name: unknownEnvironment, why: `nothing shows the environment of ${listed}` };
    return {
      environment,
      notes: [`the environment of ${listed} is unclear: rename ${unknownEnvironment} in the routes`],
    };
  }
  const distinct = [...new Set(environments.map((one) => one?.name ?? ''))];
  if (first && distinct.length === 1) return { environment: first, notes: [] };
  const common = (distinct[0] ?? '')
    .split('-')
    .filter((word) => distinct.every((name) => name.split('-').includes(word)));
  const name = common.length > 0 ? common.join('-') : unknownEnvironment;
  return {
    environment: { name, why: `${distinct.join(', ')} read the same ${file}` },
    notes: [`${file} sets one value for ${listed}: a push changes all of them`],
  };
}

function guessImage(
  image: string,
  groups: readonly PlaceGroup[],
): { readonly guess: ImageGuess; readonly uncovered: readonly Uncovered[] } {
  const environments = new Map<string, EnvironmentGuess>();
  const uncovered: Uncovered[] = [];
  for (const { place, applications, environment } of groups) {
    const { name, why } = environment;
    const { repository, found } = place;
    const known = environments.get(name);
    const { url, branch } = repository;
    if (known && (known.repository !== url || known.branch !== branch)) {
      uncovered.push({
        image,
        applications,
        reason: `${name} deploys it from another repository or branch too; write this one by hand`,
      });
      continue;
    }
    const update = updateOf(withElement(found, name), withWord(found.file, name, 'environment'));
    const isNew = !known?.update.some((other) => JSON.stringify(other) === JSON.stringify(update));
    const deployedBy = [
      ...new Set([
        ...[known?.application ?? []].flat(),
        ...applications.map((one) => withWord(one, name, 'environment')),
      ]),
    ];
    environments.set(name, {
      update: [...(known?.update ?? []), ...(isNew ? [update] : [])],
      tags: [...(known?.tags ?? []), ...(found.tag === undefined || found.tag === '' ? [] : [found.tag])],
      why: known?.why ?? why,
      application: deployedBy.length === 1 ? (deployedBy[0] ?? '') : deployedBy,
      repository: url,
      ...(branch !== undefined && { branch }),
    });
  }
  const sorted = [...environments].toSorted(([a], [b]) => compareEnvironments(a, b));
  return { guess: { image, environments: new Map(sorted) }, uncovered };
}
