import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff';

/** The effect of an edit as a unified diff with three lines of context for `git apply`; empty without a change. */
export function unifiedDiff(file: string, before: string, after: string): string {
  if (before === after) return '';
  const patch = structuredPatch(`a/${file}`, `b/${file}`, before, after, undefined, undefined, { context: 3 });
  return formatPatch(patch, FILE_HEADERS_ONLY);
}
