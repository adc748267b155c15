import { commands } from '../../src/cli/commands.ts';
import type { CommandIo, ExitCode } from '../../src/cli/command.ts';
import { runCli } from '../../src/cli/run.ts';

export interface CliResult {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process. */
export async function cli(
  args: readonly string[],
  given: Partial<Pick<CommandIo, 'cwd' | 'env' | 'color' | 'columns' | 'wrapsAt'>> = {},
): Promise<CliResult> {
  const output = { stdout: '', stderr: '' };
  const code = await runCli(commands, args, {
    stdout: { write: (text) => void (output.stdout += text) },
    stderr: { write: (text) => void (output.stderr += text) },
    env: {},
    cwd: import.meta.dirname,
    color: false,
    columns: 100,
    ...given,
  });
  return { code, ...output };
}
