import { Failure } from '../lib/model/failure.ts';
import type { CommandIo } from './command.ts';
import { fitLine } from './fit-line.ts';
import { makeStyle } from './style.ts';

/** The result of one check. */
export interface Finding {
  /** The checked thing, in one or two words: `repository`. */
  readonly what: string;
  /** `unknown`: it could not be checked, or not without writing. */
  readonly state: 'ok' | 'warning' | 'failed' | 'unknown';
  readonly detail: string;
  /** The fix: a command, or a change and its place. */
  readonly fix?: string;
}

const marks = { ok: '✓', warning: '!', failed: '✗', unknown: '–' } as const;
const colors = { ok: 'green', warning: 'yellow', failed: 'red', unknown: 'dim' } as const;

export function findingMark({ state }: Pick<Finding, 'state'>, io: CommandIo): string {
  return makeStyle(io)(colors[state], marks[state]);
}

/** A finding as lines that begin with its mark. */
export function formatFinding({ what, state, detail, fix }: Finding, io: CommandIo, width = 12): string {
  const line = `  ${findingMark({ state }, io)} ${what.padEnd(width)} ${detail}`.trimEnd();
  const text = fitLine(line, io, width + 5);
  return fix === undefined ? text : `${text}\n${fitLine(`${' '.repeat(width + 5)}→ ${fix}`, io, width + 7)}`;
}

/** Runs a check. A `Failure` becomes a finding with its code. */
export async function finding(
  what: string,
  ask: () => Promise<Omit<Finding, 'what'>>,
  fixOf: (failure: Failure) => string | undefined = () => undefined,
): Promise<Finding> {
  try {
    return { what, ...(await ask()) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const fix = fixOf(error);
    return { what, state: 'failed', detail: `${error.code}: ${error.message}`, ...(fix !== undefined && { fix }) };
  }
}
