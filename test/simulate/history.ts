import { parseImageReference } from '../../src/lib/model/image-reference.ts';
import { parseTrailers } from '../../src/lib/model/trailers.ts';
import type { ImageUpdate } from '../../src/lib/model/trailers.ts';
import type { MemoryGit } from '../support/memory/memory-git.ts';
import { places } from './fleet.ts';
import type { Place } from './fleet.ts';
import { formatValue, parseValue } from './values.ts';
import type { Value } from './values.ts';

/** A change of the file of a place on the main branch. */
export interface Change {
  readonly commit: string;
  /** The place of the commit on the branch, from 0. */
  readonly index: number;
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly value: Value;
  readonly before: Value;
  /** Absent if a person made it. */
  readonly trailer?: ImageUpdate;
}

export interface History {
  /** The commits of the branch, the oldest first. */
  readonly commits: readonly { readonly id: string; readonly at: number; readonly trailers: readonly ImageUpdate[] }[];
  /** The changes of each place, the oldest first; the first commit is not one. */
  readonly changes: ReadonlyMap<Place, readonly Change[]>;
  /** The value of a place at a commit of the branch. */
  readonly valueAt: (place: Place, index: number) => Value;
  readonly indexOf: (commit: string) => number | undefined;
  /** The commits of people that changed the settings of a place. */
  readonly settingsChanges: CommitsOfPlaces;
  /** The commits that changed the file of a place, also where its value stayed. */
  readonly fileChanges: CommitsOfPlaces;
}

type CommitsOfPlaces = ReadonlyMap<Place, readonly { readonly commit: string; readonly index: number }[]>;

export function readHistory(git: MemoryGit): History {
  const mainline = git.mainline('main');
  const commits = mainline.map(({ id, committedAt, message }) => ({
    id,
    at: committedAt.getTime(),
    trailers: parseTrailers(message),
  }));
  const indexes = new Map(mainline.map(({ id }, index) => [id, index]));
  const values = new Map(places.map((place) => [place, mainline.map(({ tree }) => tree.get(place.file))]));
  const valueAt = (place: Place, index: number): Value =>
    parseValue(new TextDecoder().decode(values.get(place)?.[index]));
  const changes = places.map((place): readonly [Place, readonly Change[]] => {
    const bytes = values.get(place) ?? [];
    const found = commits.flatMap(({ id, at, trailers }, index): Change[] => {
      if (index === 0 || bytes[index] === bytes[index - 1]) return [];
      const [value, before] = [valueAt(place, index), valueAt(place, index - 1)];
      if (formatValue(value) === formatValue(before)) return [];
      const trailer = trailers.find((one) => one.route === place.route && one.environment === place.environment);
      return [{ commit: id, index, at, value, before, ...(trailer && { trailer }) }];
    });
    return [place, found];
  });
  const commitsThatChange = (pathOf: (place: Place) => string): CommitsOfPlaces =>
    new Map(
      places.map((place) => {
        const bytes = mainline.map(({ tree }) => tree.get(pathOf(place)));
        const found = commits.flatMap(({ id }, index) =>
          index === 0 || bytes[index] === bytes[index - 1] ? [] : [{ commit: id, index }],
        );
        return [place, found] as const;
      }),
    );
  return {
    commits,
    changes: new Map(changes),
    settingsChanges: commitsThatChange(({ settings }) => settings),
    fileChanges: commitsThatChange(({ file }) => file),
    valueAt,
    indexOf: (commit) => indexes.get(commit),
  };
}

/** The image of a trailer, as the file of its place holds it. */
export function imageOf({ image }: ImageUpdate): Value {
  const { tag = '', digest } = parseImageReference(image) ?? {};
  return { tag, ...(digest !== undefined && { digest }) };
}
