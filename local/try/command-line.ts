import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** The app's command line failed; the message is its output. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

/** Runs the built `tagrelay` command line and reads the JSON that it prints. */
export function runTagrelay(
  root: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...env, NO_COLOR: '1' }, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [join(root, 'dist', 'cli.js'), ...args, '--json'], options, (error, stdout, stderr) => {
      if (stdout.trim().startsWith('{')) resolve(JSON.parse(stdout));
      else
        reject(new CommandLineError(stderr.trim() || (error?.message ?? `tagrelay ${args[0] ?? ''} printed nothing`)));
    });
  });
}
