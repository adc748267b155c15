/** A line whose indentation fits no line above it. Line numbers count from 1. */
export interface IndentationProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

interface Level {
  readonly indent: number;
  readonly line: number;
  readonly kind: 'key' | 'entry';
}

const key = /^(?:"(?:[^"\\]|\\.)*"\s*|'(?:[^']|'')*'\s*|[^\s#:'"[{&*!|>%@`-][^:#]*|-[^\s:][^:#]*):(?:\s|$)/;
const entry = /^-(?:\s+|$)/;

/**
 * Lines of keys and list entries with another indentation than the lines above allow. It knows block style only, so a
 * finding counts only where the parser fails.
 */
export function findIndentationProblems(text: string): readonly IndentationProblem[] {
  const reader = new LevelReader();
  for (const [index, line] of text.split(/\r?\n/).entries()) reader.read(line, index + 1);
  return reader.problems;
}

class LevelReader {
  readonly problems: IndentationProblem[] = [];
  private levels: readonly Level[] = [];
  /** The indentation of the last line if a block may follow it. */
  private opened: number | undefined;
  /** Lines with more indentation than this belong to a text block. */
  private textBlock: number | undefined;
  /** Brackets that are open at the end of the last line. */
  private depth = 0;

  read(line: string, number: number): void {
    const content = line.trimStart();
    const indent = line.length - content.length;
    if (content === '' || content.startsWith('#') || line.slice(0, indent).includes('\t')) return;
    if (this.textBlock !== undefined && indent > this.textBlock) return;
    this.textBlock = undefined;
    const isContinued = this.depth > 0;
    const code = withoutComment(content);
    this.depth = Math.max(0, this.depth + bracketsOf(code));
    const kind = entry.test(code) ? 'entry' : key.test(code) ? 'key' : undefined;
    if (isContinued || kind === undefined) return;
    const message = this.problemOf(indent, kind);
    if (message !== undefined) {
      this.problems.push({ line: number, column: indent + 1, message });
      return;
    }
    this.enter(indent, kind, number, code);
  }

  private problemOf(indent: number, kind: Level['kind']): string | undefined {
    const same = this.levels.filter((level) => level.indent === indent);
    if (this.levels.length === 0 || same.some((level) => level.kind === kind)) return undefined;
    // A list may have the indentation of its key.
    if (this.opened !== undefined && (indent > this.opened || (kind === 'entry' && indent === this.opened)))
      return undefined;
    const [other] = same;
    if (other && kind === 'key') return `is a key among list entries; expected \`- \` as in line ${other.line}`;
    if (other) return `is a list entry among keys; expected \`key: value\` as in line ${other.line}`;
    const fitting = this.levels.filter((level) => level.kind === kind);
    const distances = fitting.map((level) => Math.abs(level.indent - indent));
    const expected = fitting
      .filter((_, index) => distances[index] === Math.min(...distances))
      .toReversed()
      .map((level) => `${level.indent} as in line ${level.line}`);
    const found = `is indented by ${indent} space${indent === 1 ? '' : 's'}`;
    return expected.length === 0 ? `${found}, like no line above` : `${found}; expected ${expected.join(', or ')}`;
  }

  private enter(indent: number, kind: Level['kind'], line: number, code: string): void {
    const levels = this.levels.filter(
      (level) => level.indent < indent || (level.indent === indent && (level.kind === 'key' || kind === 'entry')),
    );
    let [at, rest] = [indent, code];
    const add = (level: Level): void => {
      if (!levels.some((known) => known.indent === level.indent && known.kind === level.kind)) levels.push(level);
    };
    for (let dash = entry.exec(rest); dash; dash = entry.exec(rest)) {
      add({ indent: at, line, kind: 'entry' });
      at += dash[0].length;
      rest = rest.slice(dash[0].length);
    }
    if (key.test(rest)) add({ indent: at, line, kind: 'key' });
    this.levels = levels;
    this.textBlock = /[|>][-+\d]*$/.test(code) ? at : undefined;
    // A key without a value, an entry without content, or one of them with only an anchor.
    const isOpen = rest === '' || /:(?:\s+[&!]\S+)*$/.test(rest);
    this.opened = isOpen ? (rest === '' ? indent : at) : undefined;
  }
}

function withoutComment(content: string): string {
  return content.replace(/\s#.*$/, '').trimEnd();
}

/** Opening minus closing brackets outside of quotes. */
function bracketsOf(code: string): number {
  const marks = code.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/g, '').match(/[[\]{}]/g) ?? [];
  return marks.reduce((depth, mark) => depth + (mark === '[' || mark === '{' ? 1 : -1), 0);
}
