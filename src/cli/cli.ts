import { commands } from './commands.ts';
import { runCli } from './run.ts';

const { env, stdout, stderr } = process;
const color = stdout.isTTY && (env['NO_COLOR'] ?? '') === '';

process.exitCode = await runCli(commands, process.argv.slice(2), {
  stdout,
  stderr,
  env,
  cwd: process.cwd(),
  color,
  columns: stdout.isTTY ? Math.min(stdout.columns, 100) : 100,
});
