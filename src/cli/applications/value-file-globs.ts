import { escaped } from '../init/texts.ts';
import type { ValueFile } from './application.ts';
import type { Checkouts } from './place.ts';

/**
 * Replaces patterns in `helm.valueFiles` by the files that they match, as Argo CD does: in the place of the pattern, the
 * files of a folder before those of folders below, and without files that the list names or that matched before.
 */
export function expandValueFiles(valueFiles: readonly ValueFile[], checkouts: Checkouts): readonly ValueFile[] {
  if (!valueFiles.some(isPattern)) return valueFiles;
  const seen = new Set(valueFiles.filter((one) => !isPattern(one)).flatMap(({ at }) => (at ? keyOf(at) : [])));
  return valueFiles.flatMap((one) => {
    const { text, at } = one;
    const checkout = at && isPattern(one) ? checkouts.of(at.repository) : undefined;
    if (!at || !checkout) return [one];
    const pattern = patternOf(at.file);
    return [...checkout.files.keys()]
      .filter((path) => pattern.test(path))
      .toSorted(compareByFolder)
      .flatMap((file) => {
        const found = { repository: at.repository, file };
        if (seen.has(keyOf(found))) return [];
        seen.add(keyOf(found));
        return [{ text, at: found }];
      });
  });
}

function isPattern({ at }: ValueFile): boolean {
  return at !== undefined && /[*?[]/.test(at.file);
}

function keyOf({ repository, file }: NonNullable<ValueFile['at']>): string {
  return JSON.stringify([repository.key, repository.branch, file]);
}

/** `**` stands for any folders, also for none. */
function patternOf(glob: string): RegExp {
  const source = glob.replaceAll(/\*\*\/|\*\*|\*|\?|\[[^\]]*\]|[^*?[]+|\[/g, (part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return part.length > 1 && part.startsWith('[') ? classOf(part) : escaped(part);
  });
  return new RegExp(`^${source}$`);
}

/** `[a-z]` and `[!a-z]`; a range from back to front is none, and stands for itself. */
function classOf(part: string): string {
  const negated = part.replace(/^\[!/, '[^');
  const isRange = [...negated.matchAll(/(.)-([^\]])/g)].every(([, from = '', to = '']) => from <= to);
  return isRange ? negated : escaped(part);
}

function compareByFolder(a: string, b: string): number {
  const [first, second] = [a.split('/'), b.split('/')];
  const at = first.findIndex((segment, index) => segment !== second[index]);
  const isFile = (path: readonly string[]): boolean => at === path.length - 1;
  if (isFile(first) !== isFile(second)) return isFile(first) ? -1 : 1;
  const [left = '', right = ''] = [first[at], second[at]];
  return Number(left > right) - Number(left < right);
}
