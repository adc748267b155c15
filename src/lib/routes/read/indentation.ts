import { bracketsOf, hasFlushLists, usualStep, withoutComment } from './indentation-text.ts';

/** A line whose indentation fits no line above it. Line numbers count from 1. */
export interface IndentationProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** The line that contradicts it, where the parser fails. */
  readonly seenAt: number;
}

interface Level {
  readonly indent: number;
  readonly line: number;
  readonly kind: 'key' | 'entry';
}

/** A key without a value, and the line after it. */
interface EmptyKey {
  readonly indent: number;
  readonly levels: readonly Level[];
  readonly next: { readonly indent: number; readonly line: number };
}

/** A line with less indentation than the line before it, and the levels that it ended. */
interface Dedent {
  readonly line: number;
  readonly indent: number;
  readonly levels: readonly Level[];
  /** A section, or a key with lines of its own: the indentation alone proves nothing. */
  readonly isDoubtful: boolean;
  /** The next line with a key or an entry, if it is deeper. */
  readonly child?: Level;
}

/** A line whose indentation is wrong, and what it should be. */
interface Blame {
  readonly line: number;
  readonly indent: number;
  readonly expected: string;
  readonly levels: readonly Level[];
}

const key = /^(?:"(?:[^"\\]|\\.)*"\s*|'(?:[^']|'')*'\s*|[^\s#:'"[{&*!|>%@`-][^:#]*|-[^\s:][^:#]*):(?:\s|$)/;
const section = /^(?:defaults|environments|routes|x-[\w-]*):/;
const entry = /^-(?:\s+|$)/;

/**
 * Lines of keys and list entries with another indentation than the lines above allow. It knows block style only, so a
 * finding counts only where the parser fails.
 */
export function findIndentationProblems(text: string): readonly IndentationProblem[] {
  const reader = new LevelReader(usualStep(text), hasFlushLists(text));
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
  private empty: EmptyKey | undefined;
  private dedents: readonly Dedent[] = [];
  private last = 0;
  private readonly step: number;
  private readonly isFlush: boolean;

  constructor(step: number, isFlush: boolean) {
    this.step = step;
    this.isFlush = isFlush;
  }

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
    this.noteEmpty(indent, kind, number);
    const message = this.problemOf(indent, kind);
    const blame =
      message === undefined || kind === 'entry'
        ? undefined
        : (this.blameEntry(indent, number) ?? this.blameBefore(indent, number));
    if (blame) {
      const { line, indent: found, expected } = blame;
      const wrong = `is indented by ${spaces(found)}; expected ${expected}`;
      this.problems.push({ line, column: found + 1, message: wrong, seenAt: number });
      this.levels = blame.levels;
      this.empty = undefined;
      this.dedents = [];
    } else if (message !== undefined) {
      this.problems.push({ line: number, column: indent + 1, message, seenAt: number });
      return;
    }
    this.enter(indent, kind, number, code);
    this.last = number;
  }

  private noteEmpty(indent: number, kind: Level['kind'], line: number): void {
    if (this.opened !== undefined && (indent < this.opened || (indent === this.opened && kind === 'key')))
      this.empty = { indent: this.opened, levels: this.levels, next: { indent, line } };
    else if (this.empty && line !== this.empty.next.line && indent <= this.empty.next.indent) this.empty = undefined;
  }

  /** The list entry before a key, if another indentation of it would make both fit. */
  private blameEntry(indent: number, line: number): Blame | undefined {
    const dash = this.levels.findLast((level) => level.kind === 'entry');
    const parent = this.levels.findLast((level) => level.kind === 'key' && level.line !== dash?.line);
    if (!dash || !parent || dash.line !== this.last || indent !== parent.indent + 2 * this.step) return undefined;
    const usual = parent.indent + this.step;
    const isWrong = dash.indent === parent.indent ? !this.isFlush : dash.indent === indent;
    if (!isWrong) return undefined;
    const levels: readonly Level[] = [
      ...this.levels.filter((level) => level.line !== dash.line),
      { indent: usual, line: dash.line, kind: 'entry' },
      { indent, line, kind: 'key' },
    ];
    return { line: dash.line, indent: dash.indent, expected: `${usual}, more than line ${parent.line}`, levels };
  }

  /** The line before that a key contradicts, if that line has an unusual indentation and the key has the usual one. */
  private blameBefore(indent: number, line: number): Blame | undefined {
    const { empty, step } = this;
    const asHere = `${indent} as in line ${line}`;
    if (empty && empty.next.line !== line && indent === empty.indent + step)
      return { ...empty.next, expected: asHere, levels: [...empty.levels, { indent, line, kind: 'key' }] };
    const dedent = this.dedents.findLast(
      (one) =>
        one.indent < indent &&
        (!one.isDoubtful || isAbove(one, indent, step)) &&
        keysOf(one.levels).some((level) => level.indent === indent),
    );
    if (dedent) {
      const own = Math.min(...this.levels.map((level) => level.indent).filter((one) => one > indent)) - step;
      const fitting = keysOf(dedent.levels).filter((level) => level.indent === own || level.indent === indent);
      const [meant] = fitting.toSorted((a, b) => b.indent - a.indent);
      if (meant) return { ...dedent, expected: `${meant.indent} as in line ${meant.line}` };
    }
    const first = this.levels.filter((level) => level.indent > indent).toSorted((a, b) => a.indent - b.indent)[0];
    if (!first) return undefined;
    const parent = this.levels
      .filter((level) => level.indent < first.indent)
      .toSorted((a, b) => b.indent - a.indent)[0];
    const base = parent?.indent ?? -step;
    const outer = this.levels.filter((level) => level.indent <= base);
    const isUsual = first.indent - base === step || (first.kind === 'entry' && first.indent === base);
    if (isUsual || first.kind === 'entry') return undefined;
    const own = { line: first.line, indent: first.indent };
    if (indent === base + step) return { ...own, expected: asHere, levels: [...outer, { indent, line, kind: 'key' }] };
    // A key without a value, and this line is meant as its value.
    if (this.opened === first.indent && first.line === this.last && indent === base + 2 * step)
      return {
        ...own,
        expected: `${indent - step}, less than line ${line}`,
        levels: [...outer, { indent: indent - step, line: first.line, kind: 'key' }, { indent, line, kind: 'key' }],
      };
    return undefined;
  }

  private problemOf(indent: number, kind: Level['kind']): string | undefined {
    const same = this.levels.filter((level) => level.indent === indent);
    if (this.levels.length === 0 || same.some((level) => level.kind === kind)) return undefined;
    // A list may have the indentation of its key.
    if (this.opened !== undefined && (indent > this.opened || (kind === 'entry' && indent === this.opened)))
      return undefined;
    const [other] = same;
    const deeper = this.levels.find((level) => level.kind === kind && level.indent > indent);
    const orDeeper = deeper ? `, or ${deeper.indent} spaces as in line ${deeper.line}` : '';
    if (other && kind === 'key')
      return `is a key among list entries; expected \`- \` as in line ${other.line}${orDeeper}`;
    const fitting = this.levels.filter((level) => level.kind === kind);
    if (other && fitting.length === 0)
      return `is a list entry among keys; expected \`key: value\` as in line ${other.line}`;
    const distances = fitting.map((level) => Math.abs(level.indent - indent));
    const expected = fitting
      .filter((_, index) => distances[index] === Math.min(...distances))
      .toReversed()
      .map((level) => `${level.indent} as in line ${level.line}`);
    const found = `is indented by ${spaces(indent)}`;
    return expected.length === 0 ? `${found}, like no line above` : `${found}; expected ${expected.join(', or ')}`;
  }

  private enter(indent: number, kind: Level['kind'], line: number, code: string): void {
    const isDoubtful = indent === 0 ? section.test(code) : code.endsWith(':');
    const isDedent = this.levels.some((level) => level.indent > indent);
    this.dedents = this.dedents.map((one) =>
      one.line === this.last && indent > one.indent ? { ...one, child: { indent, line, kind } } : one,
    );
    this.dedents = [
      ...this.dedents.filter((one) => one.indent < indent),
      ...(isDedent ? [{ line, indent, levels: this.levels, isDoubtful }] : []),
    ];
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

/** Whether the list below a key shows that the key belongs to an indentation: a key is not beside the entries of a list. */
function isAbove({ child }: Dedent, indent: number, step: number): boolean {
  return child?.kind === 'entry' && (child.indent === indent + step || child.indent === indent);
}

function keysOf(levels: readonly Level[]): readonly Level[] {
  return levels.filter((level) => level.kind === 'key');
}

function spaces(count: number): string {
  return `${count} space${count === 1 ? '' : 's'}`;
}
