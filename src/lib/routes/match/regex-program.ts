import type { RE2JS } from 're2js';

/** An instruction of a compiled RE2 program, as in Go's `regexp/syntax`. */
export interface Instruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  readonly runes: ArrayLike<number>;
}

export interface Program {
  readonly inst: readonly Instruction[];
  readonly start: number;
}

export const op = {
  alt: 1,
  altMatch: 2,
  capture: 3,
  emptyWidth: 4,
  fail: 5,
  match: 6,
  nop: 7,
  rune: 8,
  rune1: 9,
  runeAny: 10,
  runeAnyNotNewline: 11,
};
const known: ReadonlySet<number> = new Set(Object.values(op));

/** Bits of an `emptyWidth` instruction: begin and end of line or text. */
export const beginText = 1 | 4;
export const endText = 2 | 8;

/** The program of an expression; `undefined` if it has unknown instructions. */
export function programOf(regex: RE2JS): Program | undefined {
  const program: Program = regex.re2().prog;
  return program.inst.every((instruction) => known.has(instruction.op)) ? program : undefined;
}

/** Whether an instruction matches a character. */
export function isConsuming({ op: operation }: Instruction): boolean {
  return operation >= op.rune && operation <= op.runeAnyNotNewline;
}

export function isFork({ op: operation }: Instruction): boolean {
  return operation === op.alt || operation === op.altMatch;
}

export function matchesRune({ op: operation, runes, arg }: Instruction, rune: number): boolean {
  if (operation === op.runeAny || operation === op.runeAnyNotNewline) return true;
  if (operation !== op.rune && operation !== op.rune1) return false;
  if (runes.length === 1) {
    const only = runes[0] ?? 0;
    return only === rune || ((arg & 1) !== 0 && (only ^ rune) === 0x20 && /[a-z]/i.test(String.fromCharCode(rune)));
  }
  for (let index = 0; index + 1 < runes.length; index += 2) {
    if ((runes[index] ?? 0) <= rune && rune <= (runes[index + 1] ?? 0)) return true;
  }
  return false;
}
