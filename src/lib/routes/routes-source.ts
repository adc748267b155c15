import { makeBounds } from './check/allow.ts';
import { matchesGlob } from './match/glob.ts';
import { matchSegment, parseSegments } from './match/image-pattern.ts';
import { globFields, type AllowEntry, type Bounds } from './read/bounds.ts';

/** An entry of `ROUTES_FROM`: documents in a Git repository. */
export interface RoutesSource {
  readonly repository: string;
  /** Absent: the default branch. */
  readonly branch?: string | undefined;
  /** Glob of the documents. `{word}` captures a part of a path, for `allow`. */
  readonly path: string;
  readonly allow?: readonly AllowEntry[] | undefined;
}

/** The characters of a captured word: it must not become a glob, or a folder above. */
const wordPattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** The glob of the documents of a source. */
export function globOf({ path }: Pick<RoutesSource, 'path'>): string {
  return path.replace(/\{[^{}]*\}/g, '*');
}

/** The folder that holds all documents of a source; empty for the root. */
export function folderOf(source: Pick<RoutesSource, 'path'>): string {
  const parts = globOf(source).split('/').slice(0, -1);
  const wild = parts.findIndex((part) => /[*?]/.test(part));
  return (wild < 0 ? parts : parts.slice(0, wild)).join('/');
}

/** The captures of a path; `undefined` if it is not a document of the source. */
export function wordsOf(source: Pick<RoutesSource, 'path'>, path: string): ReadonlyMap<string, string> | undefined {
  if (!matchesGlob(globOf(source), path, 'path')) return undefined;
  const parts = path.split('/');
  const found = parseSegments(source.path).flatMap((segment, index) => {
    if (segment.captures.length === 0) return [[]];
    return [matchSegment(segment, parts[index] ?? '')];
  });
  const words = new Map<string, string>();
  for (const pairs of found) {
    if (!pairs) return undefined;
    for (const [name, word] of pairs) words.set(name, word);
  }
  return [...words.values()].every((word) => wordPattern.test(word)) ? words : undefined;
}

/** The bounds of a document of the source; `undefined` if the source has none. */
export function boundsOfDocument(
  source: RoutesSource,
  words: ReadonlyMap<string, string>,
  collections: readonly string[],
): Bounds | undefined {
  if (!source.allow) return undefined;
  const expand = (text: string): string =>
    text.replace(/\{([^{}]*)\}/g, (whole, word: string) => words.get(word) ?? whole);
  const entries = source.allow.map((entry) =>
    Object.assign({}, entry, Object.fromEntries(globFields.map((field) => [field, entry[field]?.map(expand)]))),
  );
  return makeBounds(`the \`allow\` of its entry in ROUTES_FROM`, entries, collections);
}
