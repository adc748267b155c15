import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff';

/** What an edit changed, as a unified diff with three lines of context that `git apply` takes; empty where nothing did. */
export function unifiedDiff(file: string, before: string, after: string): string {
  if (before === after) return '';
  const patch = structuredPatch(`a/${file}`, `b/${file}`, before, after, undefined, undefined, { context: 3 });
  return formatPatch(patch, FILE_HEADERS_ONLY);
}
