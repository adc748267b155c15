import type { Scalar } from 'yaml';
import { lineEndingAt } from './splice.ts';
import type { Splice } from './splice.ts';
import { doubleQuoted } from './write-scalar.ts';

const oneLine = /^(?! )[^\p{Cc}\p{Cs}\u2028\u2029\ufeff]+(?<! )$/u;

interface Parts {
  /** `|` or `>`. */
  readonly style: string;
  /** Indentation indicator and chomping. */
  readonly marks: string;
  /** Blanks and comment after them. */
  readonly rest: string;
  /** From the first line break to the end of the last line that is not blank. */
  readonly content: string;
}

/**
 * Writes a one-line value into a block scalar: its header, comment and indentation stay, and so do the blank lines after
 * it. It keeps no line break at its end (`-`), because the value has none.
 *
 * A value that a block scalar cannot hold on one line is written in double quotes instead.
 */
export function blockScalarSplice(text: string, old: Scalar, value: string): Splice {
  const { style, marks, rest, content } = parts(text, old);
  const start = old.range?.[0] ?? 0;
  const end = start + style.length + marks.length + rest.length + content.length;
  const indent = contentIndent(old, content, marks);
  if (indent === 0 || !oneLine.test(value))
    return { start, end, text: `${doubleQuoted(value)}${rest}`, rank: Infinity };
  const header = `${style}${marks.replace(/[-+]/, '')}-${rest}`;
  return { start, end, text: `${header}${lineEndingAt(text, start)}${' '.repeat(indent)}${value}`, rank: Infinity };
}

/** Before the line ending of a block scalar's last line; blank lines are its own only where it keeps them (`+`). */
export function blockScalarEnd(text: string, scalar: Scalar): number {
  const { style, marks, rest, content } = parts(text, scalar);
  const [start, end] = scalar.range ?? [0, 0];
  if (!marks.includes('+')) return start + style.length + marks.length + rest.length + content.length;
  return start + text.slice(start, end).replace(/\r?\n$/, '').length;
}

function parts(text: string, scalar: Scalar): Parts {
  const [start, end] = scalar.range ?? [0, 0];
  const [, style = '|', marks = '', rest = '', body = ''] =
    /^([|>])([-+0-9]*)([^\r\n]*)(.*)$/s.exec(text.slice(start, end)) ?? [];
  const content = /^.*[^ \t\r\n](?:(?!\r?\n).)*/s.exec(body)?.[0] ?? '';
  return { style, marks, rest, content };
}

function contentIndent(old: Scalar, content: string, marks: string): number {
  const digit = /[0-9]/.exec(marks)?.[0];
  const token = old.srcToken;
  const parent = Math.max(0, token && 'indent' in token ? token.indent : 0);
  if (digit !== undefined) return parent + Number(digit);
  return /\n( *)[^ \r\n]/.exec(content)?.[1]?.length ?? parent + 2;
}
