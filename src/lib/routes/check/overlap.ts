import type { Step } from '../read/source-map.ts';
import type { EnvironmentSettings, UpdateSettings } from '../read/schema.ts';
import { formatValue } from '../read/format-value.ts';
import { placeholdersIn } from '../read/placeholders.ts';

/** Reports files, branches and scalars that two images of a pattern could share. */
export function checkOverlap(
  captures: readonly string[],
  { repository, branch, update, vars }: EnvironmentSettings,
  report: (path: readonly Step[], message: string) => void,
): void {
  const expand = (text: string | null | undefined) =>
    (text ?? '').replace(/\{(\w+)\}/g, (whole, word: string) => vars?.[word] ?? whole);
  const [inRepository, inBranch] = [expand(repository), expand(branch)];
  const branchOverlap = touching(captures, inBranch, inRepository);
  if (branchOverlap) report(['branch'], overlapText(branch ?? '', branchOverlap, 'branch'));
  for (const [index, entry] of (update ?? []).entries()) {
    const file = expand(entry.file);
    const fileOverlap = touching(captures, file, `${inRepository}/${inBranch}`);
    if (fileOverlap) {
      report(['update', index, 'file'], overlapText(entry.file ?? '', fileOverlap, 'file'));
      continue;
    }
    const scalar = scalarOf(entry);
    if (scalar === undefined) continue;
    const where = [inRepository, inBranch, file, expand(scalar)].join('/');
    const lost = captures.filter((capture) => !placeholdersIn(where).includes(capture));
    if (lost.length > 0) {
      report(
        ['update', index],
        `images that differ only in ${lost.map((capture) => `\`{${capture}}\``).join(' and ')} write the same scalar of the same file; expected it in the file or the path, or \`where\` with one value`,
      );
    }
  }
}

/** Captures that share one part of a text, and that no other part separates. */
function touching(captures: readonly string[], text: string, context: string): readonly string[] | undefined {
  const parts = [...text.split('/'), ...context.split('/')].map((part) =>
    [...new Set(placeholdersIn(part))].filter((word) => captures.includes(word)),
  );
  const alone = new Set(parts.filter((words) => words.length === 1).flat());
  return parts
    .slice(0, text.split('/').length)
    .map((words) => words.filter((word) => !alone.has(word)))
    .find((words) => words.length > 1);
}

function overlapText(text: string, words: readonly string[], what: string): string {
  const list = words.map((word) => `\`{${word}}\``).join(' and ');
  return `two images could share one ${what}, because ${list} share one part of ${formatValue(text)} (a-b and c equal a and b-c); expected a \`/\` between them`;
}

/** The path of the scalar, for the update kinds that name one; the other kinds search for the image. */
function scalarOf({ helm, yaml, chart }: UpdateSettings): string | undefined {
  return helm?.tag ?? helm?.image ?? yaml?.path ?? chart?.dependency;
}
