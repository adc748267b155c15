import type { FoundImage } from './found-image.ts';
import { isPlaceholder } from './mentions.ts';
import type { ScannedFile } from './scan.ts';
import { groupBy } from './texts.ts';

/** A place that names an image, and that no route writes. */
export interface Uncovered {
  readonly file: string;
  readonly line?: number;
  /** `registry/repository`, with the tag as written. */
  readonly image: string;
  readonly reason: string;
}

interface Guess {
  /** Places that were left out, with the reason. */
  readonly leftOut: readonly { readonly found: Pick<FoundImage, 'file' | 'image' | 'tag'>; readonly reason: string }[];
  /** Places that name an image by a registry and a repository, without a tag. */
  readonly untagged: readonly { readonly file: string; readonly image: string }[];
  /** `file image` → lines that a push writes; without a checkout to plan on, no lines. */
  readonly written: ReadonlyMap<string, ReadonlySet<number>>;
  readonly isOwn: (image: string) => boolean;
}

/** Everything that names an image of the own registries, and that no route writes. */
export function findUncovered(
  files: readonly ScannedFile[],
  { leftOut, untagged, written, isOwn }: Guess,
): readonly Uncovered[] {
  const structured = leftOut.map(({ found, reason }): Uncovered => ({
    file: found.file,
    image: found.tag === undefined ? found.image : `${found.image}:${found.tag}`,
    reason,
  }));
  const known = new Set(leftOut.map(({ found }) => `${found.file} ${found.image}`));
  const mentioned = files.flatMap((file) =>
    (file.mentions ?? []).flatMap(({ line, image, tag }): readonly Uncovered[] => {
      const key = `${file.path} ${image}`;
      if (!isOwn(image) || known.has(key)) return [];
      const lines = written.get(key);
      if (lines && (tag === undefined || lines.has(line))) return [];
      const reason = reasonOf(file, tag, lines !== undefined);
      return [{ file: file.path, line, image: tag === undefined ? image : `${image}:${tag}`, reason }];
    }),
  );
  const listed = new Set(mentioned.map(({ file, image }) => `${file} ${image}`));
  const named = untagged
    .filter(({ file, image }) => isOwn(image) && ![known, listed, written].some((one) => one.has(`${file} ${image}`)))
    .map(({ file, image }): Uncovered => ({ file, image, reason: 'no tag is beside it' }));
  return [...structured, ...mentioned, ...named].toSorted(
    (a, b) => Number(a.file > b.file) - Number(a.file < b.file) || (a.line ?? 0) - (b.line ?? 0),
  );
}

function reasonOf({ path, problem }: ScannedFile, tag: string | undefined, isWritten: boolean): string {
  if (/(?:^|\/)(?:azure-pipelines|docker-compose|compose)[^/]*\.ya?ml$/i.test(path))
    return 'it is a file of a pipeline or of Docker Compose';
  if (tag !== undefined && isPlaceholder(tag))
    return 'it is a template: a later step fills in the tag, so there is nothing to edit';
  if (problem !== undefined) return problem;
  if (tag === undefined) return 'no tag is beside it';
  return isWritten
    ? 'the route writes another place of this file'
    : 'init does not know this form; write the route by hand';
}

/** The list for people, a line for each reason in a file. */
export function showUncovered(uncovered: readonly Uncovered[]): readonly string[] {
  return Array.from(groupBy(uncovered, ({ file, reason }) => JSON.stringify([file, reason])).values(), (same) => {
    const [first] = same;
    const lines = [...new Set(same.flatMap(({ line }) => line ?? []))];
    return `${first?.file ?? ''}${lines.length === 0 ? '' : `:${lines.join(',')}`} (${[...new Set(same.map(({ image }) => image))].join(', ')}): ${first?.reason ?? ''}`;
  });
}
