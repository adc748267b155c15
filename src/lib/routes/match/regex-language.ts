import type { RE2JS } from 're2js';
import {
  beginText,
  endText,
  isFork,
  matchesRune,
  op,
  programOf,
  type Instruction,
  type Program,
} from './regex-program.ts';
import { compileRegex } from './regex.ts';

/** The expected form of a tag's compared text. */
export type Language = 'tag' | 'semver' | 'number';

const identifier = String.raw`(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)`;
const languages: Readonly<Record<Language, string>> = {
  tag: '.+',
  // semver.org, with the `v` in front that node-semver takes as well.
  semver: String.raw`v?(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:-${identifier}(?:\.${identifier})*)?(?:\+[0-9A-Za-z.-]+)?`,
  number: String.raw`\d+`,
};

/** Characters of a tag; in a chart's tag `_` is read as `+`. */
const alphabet = Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+', (char) =>
  char.charCodeAt(0),
);

const maxStates = 50_000;

/** Many routes share one expression. */
const answers = new Map<string, boolean | undefined>();
const maxAnswers = 10_000;

/** A state of the search; the tag so far has no other effect. */
interface State {
  /** Instruction of the expression; -1 before the match, -2 after it. */
  readonly at: number;
  /** Instruction of the language; -1 while it is not read, -2 once it has been read to its end. */
  readonly reading: number;
  readonly isStart: boolean;
  /** `$` was passed: nothing may follow. */
  readonly isEnd: boolean;
}

const before = -1;
const after = -2;

/**
 * Whether any tag matches the expression with a text of the language, in `group` or, without groups, as a whole.
 * Searches the reachable states of both automata. Word boundaries are assumed to match, so `true` can be wrong, `false`
 * is exact. `undefined`: undecided.
 */
export function canMatch(regex: RE2JS, language: Language, group = 1): boolean | undefined {
  const key = `${language} ${group} ${regex.pattern()}`;
  if (!answers.has(key) && answers.size < maxAnswers) answers.set(key, search(regex, language, group));
  return answers.has(key) ? answers.get(key) : search(regex, language, group);
}

function search(regex: RE2JS, language: Language, group: number): boolean | undefined {
  const wanted = compileRegex(languages[language]);
  if (typeof wanted === 'string') throw new Error(`the language ${language} ${wanted}`);
  const [program, languageProgram] = [programOf(regex), programOf(wanted)];
  if (!program || !languageProgram) return undefined;
  return new Search(program, languageProgram, language !== 'tag' && regex.groupCount() > 0 ? group : 0).run();
}

class Search {
  private readonly program: Program;
  private readonly language: Program;
  /** Number of the group that the language applies to; 0: the whole tag. */
  private readonly group: number;
  private readonly seen = new Set<number>();
  private readonly open: State[] = [];

  constructor(program: Program, language: Program, group: number) {
    this.program = program;
    this.language = language;
    this.group = group;
  }

  run(): boolean | undefined {
    const reading = this.group > 0 ? before : this.language.start;
    this.reach({ at: before, reading, isStart: true, isEnd: false });
    for (let state = this.open.pop(); state; state = this.open.pop()) {
      if (state.at === after && (state.reading === after || (this.group === 0 && this.isComplete(state.reading))))
        return true;
      if (this.seen.size > maxStates) return undefined;
      this.step(state);
    }
    return false;
  }

  private reach(state: State): void {
    const place = (state.at + 2) * (this.language.inst.length + 2) + state.reading + 2;
    const key = place * 4 + Number(state.isStart) * 2 + Number(state.isEnd);
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.open.push(state);
  }

  private step(state: State): void {
    this.stepLanguage(state);
    if (state.at === before) this.reach({ ...state, at: this.program.start });
    if (state.at === before || state.at === after) {
      this.consume(state, () => true, state.at);
      return;
    }
    const instruction = this.program.inst[state.at];
    if (!instruction) return;
    if (instruction.op === op.match) this.reach({ ...state, at: after });
    else if (instruction.op === op.emptyWidth) this.passEmpty(state, instruction);
    else if (instruction.op === op.capture) this.passCapture(state, instruction);
    else if (isEmptyStep(instruction)) for (const at of targets(instruction)) this.reach({ ...state, at });
    else this.consume(state, (rune) => matchesRune(instruction, rune), instruction.out);
  }

  private passEmpty(state: State, { arg, out }: Instruction): void {
    if ((arg & beginText) !== 0 && !state.isStart) return;
    this.reach({ ...state, at: out, isEnd: state.isEnd || (arg & endText) !== 0 });
  }

  private passCapture(state: State, { arg, out }: Instruction): void {
    if (this.group > 0 && arg === this.group * 2) this.reach({ ...state, at: out, reading: this.language.start });
    else if (this.group > 0 && arg === this.group * 2 + 1) {
      if (this.isComplete(state.reading)) this.reach({ ...state, at: out, reading: after });
    } else this.reach({ ...state, at: out });
  }

  /** Moves the language over what takes no character. */
  private stepLanguage(state: State): void {
    const instruction = this.language.inst[state.reading];
    if (instruction && isEmptyStep(instruction)) {
      for (const reading of targets(instruction)) this.reach({ ...state, reading });
    }
  }

  private consume(state: State, matches: (rune: number) => boolean, at: number): void {
    if (state.isEnd) return;
    const instruction = this.language.inst[state.reading];
    if (instruction && isEmptyStep(instruction)) return;
    for (const rune of alphabet) {
      if (!matches(rune)) continue;
      if (!instruction) {
        this.reach({ at, reading: state.reading, isStart: false, isEnd: false });
        return;
      }
      if (matchesRune(instruction, rune)) this.reach({ at, reading: instruction.out, isStart: false, isEnd: false });
    }
  }

  private isComplete(reading: number): boolean {
    return this.language.inst[reading]?.op === op.match;
  }
}

function isEmptyStep(instruction: Instruction): boolean {
  return isFork(instruction) || instruction.op === op.nop || instruction.op === op.capture;
}

function targets(instruction: Instruction): readonly number[] {
  return isFork(instruction) ? [instruction.out, instruction.arg] : [instruction.out];
}
