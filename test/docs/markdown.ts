/** A piece of code in a Markdown page. */
export interface CodeBlock {
  /** The word after the fence, in lower case; empty where there is none. */
  readonly language: string;
  readonly text: string;
  /** Where its first line stands, counted from 1. */
  readonly line: number;
}

const fence = /^(\s*)(`{3,}|~{3,})\s*([\w-]*)/;

/** Fenced and indented blocks, in order. An indented block has no language. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const lines = markdown.split('\n');
  const blocks: CodeBlock[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const [, indent = '', ticks, language = ''] = fence.exec(lines[index] ?? '') ?? [];
    const start = index + 1;
    if (ticks !== undefined) {
      const end = lines.findIndex((line, at) => at >= start && line.trim().startsWith(ticks));
      index = end === -1 ? lines.length : end;
      const text = lines
        .slice(start, index)
        .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
      blocks.push({ language: language.toLowerCase(), text: `${text.join('\n')}\n`, line: start + 1 });
    } else if (/^ {4}\S/.test(lines[index] ?? '') && (lines[index - 1] ?? '').trim() === '') {
      while (/^(?: {4}|$)/.test(lines[index] ?? 'end')) index += 1;
      const text = lines.slice(start - 1, index).map((line) => line.slice(4));
      blocks.push({ language: '', text: `${text.join('\n').trimEnd()}\n`, line: start });
    }
  }
  return blocks;
}

/** What stands between single backticks outside of blocks. */
export function inlineCode(markdown: string): CodeBlock[] {
  let isFenced = false;
  return markdown.split('\n').flatMap((line, index) => {
    if (fence.test(line)) isFenced = !isFenced;
    if (isFenced) return [];
    return [...line.matchAll(/(?<!`)`([^`]+)`(?!`)/g)].map(([, text = '']) => ({
      language: '',
      text,
      line: index + 1,
    }));
  });
}
