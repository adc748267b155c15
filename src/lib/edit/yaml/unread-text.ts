import type { Document } from 'yaml';
import { contentEnd } from './content-end.ts';

const unread = /[^\s\uFEFF]/g;

/**
 * The offset of text that the parser passed over without an error, which no other reader would: `yaml` 2.9 does so below
 * a less indented explicit key. After a document's last value only comments, markers and directives may stand.
 */
export function unreadText(text: string, documents: readonly Document.Parsed[]): number | undefined {
  for (const [index, { contents }] of documents.entries()) {
    const next = documents[index + 1]?.range[0] ?? text.length;
    let at = contents === null ? next : contentEnd(text, contents);
    while (at < next) {
      unread.lastIndex = at;
      const start = unread.exec(text)?.index ?? next;
      if (start >= next) break;
      const lineStart = text.lastIndexOf('\n', start) + 1;
      const marker = lineStart === start && /^(?:%|---|\.\.\.)/.test(text.slice(start, start + 3));
      const comment = text[start] === '#';
      if (!marker && !comment) return start;
      const lineEnd = text.indexOf('\n', start);
      // Behind a marker a comment may follow, and behind `---` a document, which begins at its own range.
      at = marker && !text.startsWith('%', start) ? start + 3 : lineEnd < 0 ? next : lineEnd;
    }
  }
  return undefined;
}
