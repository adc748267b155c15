import type { ParseArgsConfig } from 'node:util';

/** 0: done; 1: the thing asked about is not right; 2: the command was called wrongly. */
export type ExitCode = 0 | 1 | 2;

/** The input and output of a command; tests pass their own. */
export interface CommandIo {
  readonly stdout: { write(text: string): void };
  readonly stderr: { write(text: string): void };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Standard output is a terminal and `NO_COLOR` is unset. */
  readonly color: boolean;
  /** Width of the terminal in columns. */
  readonly columns: number;
  /** The width at which long lines are broken; unset if the reader is a program. */
  readonly wrapsAt?: number;
}

export interface CommandArguments {
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
}

/** One `tagrelay …` command. Wrong arguments throw `UsageError`, an expected failure `Failure`. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The text of `--help`, without the name and summary. */
  readonly help: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /** Names of the positional arguments, for the usage line: `[FILE…]`. */
  readonly positionals?: string;
  run(args: CommandArguments, io: CommandIo): Promise<ExitCode>;
}

/** Usage error: the message names the wrong argument and the expectation. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
