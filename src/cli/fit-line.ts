import { stripVTControlCharacters } from 'node:util';
import type { CommandIo } from './command.ts';

/**
 * A line for a terminal, broken at spaces to the width of the terminal; the lines after the first are indented. For other
 * readers, such as `grep`, it stays one line.
 */
export function fitLine(text: string, { wrapsAt }: Pick<CommandIo, 'wrapsAt'>, indent = 2): string {
  if (wrapsAt === undefined) return text;
  const lines: string[] = [];
  let line = '';
  for (const word of text.match(/^ *\S+| +\S+/g) ?? []) {
    if (line.trim() === '' || widthOf(line + word) <= wrapsAt) line += word;
    else {
      lines.push(line);
      line = `${' '.repeat(indent)}${word.trimStart()}`;
    }
  }
  return [...lines, line].join('\n');
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
