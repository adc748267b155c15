/** The difference that most deeper lines have from the line before. */
export function usualStep(text: string): number {
  const counts = new Map<number, number>();
  let last = 0;
  for (const line of text.split('\n')) {
    const content = line.trimStart();
    if (content === '' || content.startsWith('#')) continue;
    const indent = line.length - content.length;
    if (indent > last) counts.set(indent - last, (counts.get(indent - last) ?? 0) + 1);
    last = indent;
  }
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? 2;
}

/** The content of a line without the comment at its end. */
export function withoutComment(content: string): string {
  return content.replace(/\s#.*$/, '').trimEnd();
}

/** Opening minus closing brackets outside of quotes. */
export function bracketsOf(code: string): number {
  const marks = code.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/g, '').match(/[[\]{}]/g) ?? [];
  return marks.reduce((depth, mark) => depth + (mark === '[' || mark === '{' ? 1 : -1), 0);
}

/** Whether several lists have the indentation of their key: the text is written so. */
export function hasFlushLists(text: string): boolean {
  return (text.match(/^( *)(?:- )?[^\s#][^\n]*:[ \t]*\n\1- /gm) ?? []).length > 1;
}
