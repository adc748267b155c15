import type { RE2JS } from 're2js';
import { beginText, endText, isConsuming, isFork, matchesRune, op, programOf } from './regex-program.ts';
import type { Instruction, Program } from './regex-program.ts';

/** A place in an expression that matches one character of a tag. */
export interface RegexPart {
  /** Numbers of the groups around it. */
  readonly groups: ReadonlySet<number>;
  /** Whether a group ends before it. */
  readonly isAfterGroup: boolean;
  /** Shortest texts that match before and after it. */
  readonly before: string;
  readonly after: string;
  /** Whether it can repeat directly. */
  readonly repeats: boolean;
  /** Whether it matches letters, digits and `.`, as `.` does. */
  readonly isWide: boolean;
  /** Whether `before` or `after` have a wide place. */
  readonly isBesideWide: boolean;
  readonly matches: (char: string) => boolean;
}

export interface RegexParts {
  readonly parts: readonly RegexPart[];
  /** Whether text may precede, or follow, the match. */
  readonly isOpenBefore: boolean;
  readonly isOpenAfter: boolean;
}

interface Reached {
  readonly text: string;
  readonly isWide: boolean;
  readonly groups: ReadonlySet<number>;
  readonly isAfterGroup: boolean;
}

type TextAfter = Pick<Reached, 'text' | 'isWide'>;

/** Characters of a tag. The first one that a place matches represents it: a letter, unless it matches digits only. */
const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890._-+';

const cache = new Map<string, RegexParts | undefined>();
const maxCached = 10_000;

/** The places of an expression, with texts that lead through each of them; `undefined` for unknown instructions. */
export function partsOf(regex: RE2JS): RegexParts | undefined {
  const key = regex.pattern();
  if (cache.has(key)) return cache.get(key);
  const program = programOf(regex);
  const parts = program && readParts(program);
  if (cache.size < maxCached) cache.set(key, parts);
  return parts;
}

function readParts(program: Program): RegexParts {
  const before = textsBefore(program);
  const after = textsAfter(program);
  const parts = [...program.inst.entries()].flatMap(([index, instruction]): RegexPart[] => {
    const [head, tail] = [before.get(index), after.get(instruction.out)];
    if (!isConsuming(instruction) || !head || !tail) return [];
    return [
      {
        groups: head.groups,
        isAfterGroup: head.isAfterGroup,
        before: head.text,
        after: tail.text,
        repeats: emptyReach(program, instruction.out).has(index),
        isWide: isWide(instruction),
        isBesideWide: head.isWide || tail.isWide,
        matches: (char) => matchesRune(instruction, char.charCodeAt(0)),
      },
    ];
  });
  return { parts, isOpenBefore: isOpenBefore(program), isOpenAfter: isOpenAfter(program) };
}

/** The shortest text that reaches each instruction, breadth first by length. */
function textsBefore(program: Program): ReadonlyMap<number, Reached> {
  const reached = new Map<number, Reached>();
  let level: [number, Reached][] = [
    [program.start, { text: '', isWide: false, groups: new Set(), isAfterGroup: false }],
  ];
  while (level.length > 0) {
    const next: [number, Reached][] = [];
    for (let entry = level.shift(); entry; entry = level.shift()) {
      const [index, state] = entry;
      const instruction = program.inst[index];
      if (!instruction || reached.has(index)) continue;
      reached.set(index, state);
      if (isConsuming(instruction)) {
        const char = representative(instruction);
        const isWideNow = state.isWide || isWide(instruction);
        if (char !== undefined) next.push([instruction.out, { ...state, text: state.text + char, isWide: isWideNow }]);
      } else {
        const groups = groupsAfter(instruction, state.groups);
        const isAfterGroup = state.isAfterGroup || groups.size < state.groups.size;
        for (const target of emptyTargets(instruction)) level.push([target, { ...state, groups, isAfterGroup }]);
      }
    }
    level = next;
  }
  return reached;
}

/** The shortest text from each instruction to a match. */
function textsAfter(program: Program): ReadonlyMap<number, TextAfter> {
  const sources = new Map<number, number[]>();
  for (const [index, instruction] of program.inst.entries()) {
    for (const target of isConsuming(instruction) ? [instruction.out] : emptyTargets(instruction))
      sources.set(target, [...(sources.get(target) ?? []), index]);
  }
  const reached = new Map<number, TextAfter>();
  let level = [...program.inst.entries()]
    .filter(([, instruction]) => instruction.op === op.match)
    .map(([index]): [number, TextAfter] => [index, { text: '', isWide: false }]);
  while (level.length > 0) {
    const next: typeof level = [];
    for (let entry = level.shift(); entry; entry = level.shift()) {
      const [index, state] = entry;
      if (reached.has(index)) continue;
      reached.set(index, state);
      for (const source of sources.get(index) ?? []) {
        const instruction = program.inst[source];
        if (!instruction) continue;
        if (!isConsuming(instruction)) level.push([source, state]);
        else {
          const char = representative(instruction);
          const isWideNow = state.isWide || isWide(instruction);
          if (char !== undefined) next.push([source, { text: char + state.text, isWide: isWideNow }]);
        }
      }
    }
    level = next;
  }
  return reached;
}

function isOpenBefore(program: Program): boolean {
  const reach = [...emptyReach(program, program.start, beginText)];
  return reach.some((index) => isEnd(program, index)) && !reach.some((index) => isAnyText(program, index));
}

function isOpenAfter(program: Program): boolean {
  return [...program.inst.entries()].some(([index, instruction]) => {
    if (index !== program.start && !isConsuming(instruction)) return false;
    const reach = [...emptyReach(program, isConsuming(instruction) ? instruction.out : index, endText)];
    return (
      reach.some((target) => program.inst[target]?.op === op.match) &&
      !reach.some((target) => isAnyText(program, target))
    );
  });
}

function isEnd(program: Program, index: number): boolean {
  const instruction = program.inst[index];
  return instruction !== undefined && (isConsuming(instruction) || instruction.op === op.match);
}

/** Whether an instruction matches any text, as `.*` does: an anchor beside it has no effect. */
function isAnyText(program: Program, index: number): boolean {
  const instruction = program.inst[index];
  return (
    instruction !== undefined &&
    isConsuming(instruction) &&
    Array.from(alphabet).every((char) => matchesRune(instruction, char.charCodeAt(0))) &&
    emptyReach(program, instruction.out).has(index)
  );
}

/** The instructions that are reachable without a character, except through `emptyWidth` with a bit of `barrier`. */
function emptyReach(program: Program, start: number, barrier = 0): ReadonlySet<number> {
  const seen = new Set<number>();
  const open = [start];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    const instruction = program.inst[index];
    if (!instruction || seen.has(index)) continue;
    seen.add(index);
    if (isConsuming(instruction) || (instruction.op === op.emptyWidth && (instruction.arg & barrier) !== 0)) continue;
    open.push(...emptyTargets(instruction));
  }
  return seen;
}

function emptyTargets(instruction: Instruction): readonly number[] {
  if (isFork(instruction)) return [instruction.out, instruction.arg];
  return instruction.op === op.match || instruction.op === op.fail ? [] : [instruction.out];
}

function groupsAfter({ op: operation, arg }: Instruction, groups: ReadonlySet<number>): ReadonlySet<number> {
  if (operation !== op.capture || arg < 2) return groups;
  const changed = new Set(groups);
  if (arg % 2 === 0) changed.add(arg / 2);
  else changed.delete((arg - 1) / 2);
  return changed;
}

function representative(instruction: Instruction): string | undefined {
  return Array.from(alphabet).find((char) => matchesRune(instruction, char.charCodeAt(0)));
}

function isWide(instruction: Instruction): boolean {
  return ['a', '1', '.'].every((char) => matchesRune(instruction, char.charCodeAt(0)));
}
