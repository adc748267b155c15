import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { accessSync, constants } from 'node:fs';
import { UsageError, type CommandIo } from '../command.ts';

export interface AzResult {
  readonly code: number;
  readonly stdout: string;
  /** Its message on standard error, in one line. */
  readonly reason: string;
}

/** The Azure CLI waits for a registry's region at most so long, in milliseconds. */
const timeoutMs = 180_000;

/**
 * Runs the Azure CLI as the signed-in user.
 *
 * @throws {UsageError} where it is not installed
 */
export async function runAz(args: readonly string[], { env, cwd }: CommandIo): Promise<AzResult> {
  const program = findProgram('az', env['PATH'] ?? '');
  if (program === undefined) {
    throw new UsageError('--run needs the Azure CLI `az`, and it is not in PATH; without --run the command is printed');
  }
  return await new Promise((resolve) => {
    execFile(program, [...args], { cwd, env, encoding: 'utf8', timeout: timeoutMs }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      const said = stderr.trim() === '' ? (error?.message.split('\n')[0] ?? '') : stderr;
      resolve({ code, stdout, reason: said.trim().replaceAll(/\s+/g, ' ').slice(0, 1000) });
    });
  });
}

function findProgram(name: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
