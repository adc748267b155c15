import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff';
import { coarseHunks } from './coarse-hunks.ts';

/** Lines of context. */
const context = 3;
/** With more removed and added lines, the search for the shortest diff takes seconds. */
const maxEditLength = 600;

/** The effect of an edit as a unified diff with three lines of context for `git apply`; empty without a change. */
export function unifiedDiff(file: string, before: string, after: string): string {
  if (before === after) return '';
  const names = [`a/${file}`, `b/${file}`] as const;
  const patch = structuredPatch(...names, before, after, undefined, undefined, { context, maxEditLength });
  if (patch) return formatPatch(patch, FILE_HEADERS_ONLY);
  const [oldFileName, newFileName] = names;
  const hunks = [...coarseHunks(before, after, context)];
  return formatPatch(
    { oldFileName, newFileName, oldHeader: undefined, newHeader: undefined, hunks },
    FILE_HEADERS_ONLY,
  );
}
