import type { ParseArgsConfig } from 'node:util';

/** 0: done; 1: the thing asked about is not right; 2: the command was called wrongly. */
export type ExitCode = 0 | 1 | 2;

/** What a command may touch; tests give their own. */
export interface CommandIo {
  readonly stdout: { write(text: string): void };
  readonly stderr: { write(text: string): void };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Standard output is a terminal and `NO_COLOR` is unset. */
  readonly color: boolean;
  /** Width of the terminal in columns. */
  readonly columns: number;
}

export interface CommandArguments {
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
}

/** One `tagrelay …` command. A wrong call throws `UsageError`, an expected failure `Failure`. */
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

/** The command was called wrongly; the message says what is wrong and what is expected. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
