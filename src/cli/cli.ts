#!/usr/bin/env node
import { commands } from './commands.ts';
import { runCli } from './run.ts';

const { env, stdout, stderr } = process;

// Who reads the output may have seen enough (`| head`): no fault.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

const io = {
  stdout,
  stderr,
  env,
  cwd: process.cwd(),
  color: stdout.isTTY && (env['NO_COLOR'] ?? '') === '',
  // Problems in a pipe or a file keep their line each.
  ...(stdout.isTTY && stderr.isTTY && { wrapsAt: Math.min(stdout.columns, 100) }),
  columns: stdout.isTTY ? Math.min(stdout.columns, 100) : 100,
};

// The bundle is CommonJS, which knows no top-level await.
void runCli(commands, process.argv.slice(2), io).then((code) => {
  process.exitCode = code;
});
