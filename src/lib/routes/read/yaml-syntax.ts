import type { YAMLParseError } from 'yaml';
import { yamlErrorReason } from '../../model/yaml-error.ts';
import { findIndentationProblems } from './indentation.ts';

/** A syntax problem with its position, from 1. */
export interface SyntaxProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

type PositionOf = (offset: number) => { readonly line: number; readonly column: number };

/** Broken text can have tens of thousands of errors. */
const maxErrors = 20;

/**
 * The problems behind the errors of the YAML parser. The parser reports bad indentation at the line before or after,
 * and several errors for one line. This finds the line, and omits the errors that follow from it.
 */
export function explainSyntax(
  text: string,
  errors: readonly YAMLParseError[],
  positionOf: PositionOf,
): readonly SyntaxProblem[] {
  const indentation = findIndentationProblems(text);
  const lines = text.split(/\r?\n/);
  const problems = new Map<string, SyntaxProblem>();
  const add = (problem: SyntaxProblem): void => {
    problems.set(`${problem.line}:${problem.column}`, problem);
  };
  let hasBadIndentation = false;
  for (const error of errors.slice(0, maxErrors)) {
    const [from, to] = [positionOf(error.pos[0]), positionOf(error.pos[1])];
    const mark = openMark(text, error);
    if (mark) {
      add({ ...positionOf(mark.offset), message: mark.message });
      break;
    }
    const message = characterProblem(error);
    const last = nextLine(lines, to.line);
    const found = indentation.find(({ seenAt }) => seenAt >= from.line && seenAt <= last);
    if (message !== undefined) add({ ...from, message });
    else if (found) add({ line: found.line, column: found.column, message: found.message });
    else if (!hasBadIndentation) add({ ...from, message: otherProblem(error) });
    hasBadIndentation ||= message === undefined && found !== undefined;
  }
  return [...problems.values()];
}

interface OpenMark {
  readonly offset: number;
  readonly message: string;
}

/** An opening bracket or quote without its end; the rest of the text cannot be parsed. */
function openMark(text: string, { code, message, pos }: YAMLParseError): OpenMark | undefined {
  const isBracket = code === 'BAD_INDENT' && message.startsWith('Flow');
  const isQuote = code === 'MISSING_CHAR' && message.startsWith('Missing closing');
  if (!isBracket && !isQuote) return undefined;
  const open = openMarks(text.slice(0, isQuote ? text.length : pos[0]));
  const wanted = isQuote ? /["']/ : message.startsWith('Flow map') ? /\{/ : /\[/;
  const mark = open.findLast(({ char }) => wanted.test(char));
  if (!mark) return undefined;
  if (isQuote) return { offset: mark.offset, message: 'has a quote that is not closed' };
  const end = mark.char === '{' ? '}' : ']';
  return { offset: mark.offset, message: `has a \`${mark.char}\` that is not closed; expected \`${end}\`` };
}

/** Brackets and quotes that are open at the end of a text. */
function openMarks(text: string): readonly { readonly char: string; readonly offset: number }[] {
  const open: { char: string; offset: number }[] = [];
  const marks = /"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?:^|[ \t\n])#[^\n]*|["'[\]{}]/gs;
  for (const { 0: mark, index } of text.matchAll(marks)) {
    // A quoted text with a key in a later line has lost its end.
    if (/^["'][^\n]*\n\s*[\w-]+:\s/.test(mark)) return [...open, { char: mark.charAt(0), offset: index }];
    // Within a plain word, a quote is text.
    const isInWord = /["']/.test(mark) && /\w/.test(text[index - 1] ?? ' ');
    if (mark.length > 1 || isInWord) continue;
    if (mark !== ']' && mark !== '}') open.push({ char: mark, offset: index });
    else if (open.at(-1)?.char === (mark === ']' ? '[' : '{')) open.pop();
  }
  return open;
}

function characterProblem({ code }: YAMLParseError): string | undefined {
  if (code === 'TAB_AS_INDENT') return 'is indented by a tab; expected spaces';
  if (code === 'MULTIPLE_DOCS') return 'has several documents (`---`); expected one';
  if (code === 'BAD_SCALAR_START')
    return 'begins with a character that YAML reserves; expected quotes around the value';
  return undefined;
}

function otherProblem(error: YAMLParseError): string {
  const { code } = error;
  if (code === 'MULTILINE_IMPLICIT_KEY') return 'is not a key with a value; expected `key: value`';
  if (code === 'BLOCK_AS_IMPLICIT_KEY')
    return 'has a second `: ` in one line; expected quotes around the value, or a new line for the second key';
  return `is not YAML: ${yamlErrorReason(error)}`;
}

/** The number of the next line with content, after line number `line`. */
function nextLine(lines: readonly string[], line: number): number {
  for (let next = line; next < lines.length; next += 1) if (/^\s*[^\s#]/.test(lines[next] ?? '')) return next + 1;
  return line;
}
