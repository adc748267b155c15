import { stripVTControlCharacters, styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

export interface Terminal {
  readonly line: (text?: string) => void;
  readonly style: (style: Style, text: string) => string;
}

/** Writes to a stream; colours only on a terminal, and never where `NO_COLOR` is set. */
export function makeTerminal(
  stream: { write(text: string): unknown; isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Terminal {
  const color = (stream.isTTY === true || (env['FORCE_COLOR'] ?? '') !== '') && (env['NO_COLOR'] ?? '') === '';
  return {
    line: (text = '') => void stream.write(`${color ? text : stripVTControlCharacters(text)}\n`),
    style: (style, text) => (color ? styleText(style, text, { validateStream: false }) : text),
  };
}

/** The width that output keeps to, in columns. */
export const columns = 80;

/** Breaks a text at spaces into lines of at most this many columns; a longer word gets a line of its own. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A unified diff without its file headers, in colour, indented. */
export function diffLines(diff: string, { style }: Terminal): string[] {
  return diff
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(?:diff |index |--- |\\ No newline)/.test(line))
    .map((line) => {
      if (line.startsWith('+++ ')) return style('bold', line.replace(/^\+\+\+ (?:b\/)?/, ''));
      if (line.startsWith('@@')) return style('cyan', line);
      if (line.startsWith('+')) return style('green', line);
      if (line.startsWith('-')) return style('red', line);
      return style('dim', line);
    });
}
