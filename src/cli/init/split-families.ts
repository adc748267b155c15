import { formatPath } from '../../lib/model/value-path.ts';
import { isShared } from './environment-words.ts';
import type { FoundImage } from './found-image.ts';
import { groupBy, shortList, withoutExtension, withWord } from './texts.ts';
import { unknownEnvironment, type PlacedImage, type Placement } from './placed-image.ts';

/**
 * Splits files that would share an environment and look like one file for several: equal but for a word of their path.
 * Files that stay together are named in a note, because one push writes them all.
 */
export function splitFamilies(placed: readonly PlacedImage[], paths: ReadonlySet<string>): Placement {
  const result: PlacedImage[] = [];
  const leftOut: { found: FoundImage; reason: string }[] = [];
  const notes: string[] = [];
  for (const inEnvironment of groupBy(placed, ({ name }) => name).values()) {
    for (const family of groupBy(inEnvironment, familyOf).values()) {
      const files = [...new Set(family.map(({ found }) => found.file))];
      const [first] = family;
      const isKnown = first !== undefined && first.name !== unknownEnvironment;
      const head = isKnown ? first.head.length : 0;
      const words =
        files.length < 2
          ? undefined
          : differences(
              files.map((file) => file.slice(head)),
              isKnown,
            );
      if (words === undefined) {
        result.push(...family);
        continue;
      }
      const isSplit = files.filter((_, index) => !isShared(words[index] ?? '') && words[index] !== '');
      for (const one of family) {
        const word = words[files.indexOf(one.found.file)] ?? '';
        if (isSplit.length > 0 && !isSplit.includes(one.found.file))
          leftOut.push({ found: one.found, reason: `it holds for ${shortList(isSplit)} as well` });
        else result.push(renamed(one, word));
      }
      if (first && isSplit.length > 1)
        notes.push(
          `${first.found.image}: ${shortList(isSplit)} differ by no known word; each becomes an environment of its own`,
        );
    }
  }
  for (const [name, joined] of groupBy(result, (one) => one.name)) {
    const files = [...new Set(joined.map(({ found }) => found.file))];
    if (files.length > 1)
      notes.push(`${joined[0]?.found.image ?? ''} in ${name}: one push writes ${shortList(files, 4)}`);
  }
  return { placed: result, leftOut, notes: [...notes, ...result.flatMap((one) => sharedNote(one, paths))] };
}

/** Equal for files that could be one file of several environments. */
function familyOf({ found: { target }, head, name }: PlacedImage): string {
  const own = name === unknownEnvironment ? '' : head;
  switch (target.kind) {
    case 'helm-tag':
    case 'helm-image':
    case 'yaml':
      return JSON.stringify([own, target.kind, formatPath(target.path)]);
    case 'manifest':
      return JSON.stringify([own, target.kind, target.workload]);
    case 'kustomize':
    case 'application':
      return JSON.stringify([own, target.kind]);
    default:
      return target satisfies never;
  }
}

/** The words by which paths differ, one each; `undefined` where they have no common form. */
function differences(paths: readonly string[], isKnown: boolean): readonly string[] | undefined {
  const split = paths.map((path) => withoutExtension(path).split('/'));
  const depth = split[0]?.length ?? 0;
  if (split.some((segments) => segments.length !== depth)) return isKnown ? undefined : byTokens(paths);
  const columns = Array.from({ length: depth }, (_, index) => split.map((segments) => segments[index] ?? '')).filter(
    (column) => new Set(column).size > 1,
  );
  const words = columns.map(withoutCommon);
  const alone = words.find((column) => new Set(column).size === paths.length);
  if (alone) return alone;
  const joined = paths.map((_, index) => words.flatMap((column) => column[index] || []).join('-'));
  return new Set(joined).size === paths.length ? joined : byTokens(paths);
}

/** Texts without the words that all of them begin or end with. */
function withoutCommon(texts: readonly string[]): readonly string[] {
  const tokens = texts.map((text) => text.split(/(?<=[-_.])|(?=[-_.])/));
  const shortest = Math.min(...tokens.map(({ length }) => length));
  const isCommon = (pick: (list: readonly string[]) => string | undefined): boolean =>
    new Set(tokens.map(pick)).size === 1;
  let start = 0;
  while (start < shortest && isCommon((list) => list[start])) start += 1;
  let end = 0;
  while (end < shortest - start && isCommon((list) => list.at(-1 - end))) end += 1;
  return tokens.map((list) =>
    list
      .slice(start, list.length - end)
      .join('')
      .replaceAll(/^[-_.]+|[-_.]+$/g, ''),
  );
}

function byTokens(paths: readonly string[]): readonly string[] {
  const tokens = paths.map((path) => withoutExtension(path).split(/[-_./]/));
  const words = tokens.map((own) =>
    own.filter((token) => !tokens.every((other) => other.includes(token)) && !isShared(token)).join('-'),
  );
  return new Set(words).size === paths.length
    ? words
    : paths.map((path) => withoutExtension(path).replaceAll('/', '-'));
}

function renamed(one: PlacedImage, word: string): PlacedImage {
  if (word === '') return one;
  const text = word.replaceAll('.', '-');
  const isKnown = one.name !== unknownEnvironment;
  const name = isKnown ? `${one.name}-${text}` : text;
  const file = one.found.file;
  const template = isKnown ? file : withWord(file, name, 'environment');
  return { ...one, name, template, why: `${file}: no known word; files of the image differ by \`${word}\`` };
}

/** A base that environments without a tag of their own read: a push writes all of them. */
function sharedNote({ found, name }: PlacedImage, paths: ReadonlySet<string>): readonly string[] {
  if (name !== unknownEnvironment) return [];
  const folder = found.file.slice(0, found.file.lastIndexOf('/') + 1);
  const beside = /(?:^|\/)values\.ya?ml$/i.test(found.file)
    ? [...paths].filter(
        (path) => path.startsWith(folder) && /^values[-._][^/]+\.ya?ml$/i.test(path.slice(folder.length)),
      )
    : /(?:^|\/)bases?\/$/.test(folder)
      ? [...paths].filter((path) => path.startsWith(`${folder.replace(/bases?\/$/, '')}overlays/`))
      : [];
  return beside.length === 0
    ? []
    : [
        `${found.file} holds for all environments: ${shortList(beside)} set no tag of ${found.image}. A push changes every one of them`,
      ];
}
