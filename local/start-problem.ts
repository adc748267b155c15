import { tmpdir } from 'node:os';
import { isAbsolute, relative } from 'node:path';
import type { StartOptions } from './options.ts';

type Options = Exclude<StartOptions, { mode: 'help' }>;

/** The fields of an error of the system. */
interface SystemError {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly path?: unknown;
  readonly port?: unknown;
}

/** One line for an error of the system at the start: the cause and what to do, with the flag. `undefined`: another error. */
export function describeStartProblem(error: unknown, options: Options): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return describeOne(error, options) ?? describeStartProblem(error.cause, options);
}

function describeOne(error: Error, options: Options): string | undefined {
  const { code, syscall, path, port } = error as Error & SystemError;
  if (typeof port === 'number' && (code === 'EADDRINUSE' || code === 'EACCES')) return portProblem(port, code, options);
  if (code === 'ENOENT' && syscall === 'spawn git')
    return 'git was not found. Install it (https://git-scm.com) so that it is on the PATH, then start again.';
  if (typeof path !== 'string') return undefined;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `${path} cannot be written (${code}). ${otherFolder(path, options)}`;
  if (syscall === 'mkdir' && (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EEXIST'))
    return `The folder ${path} cannot be created (${code}). ${otherFolder(path, options)}`;
  if (code === 'ENOSPC' || code === 'EDQUOT') return `${path}: no space is left. ${otherFolder(path, options)}`;
  return undefined;
}

function portProblem(port: number, code: 'EADDRINUSE' | 'EACCES', options: Options): string {
  const reason =
    code === 'EADDRINUSE'
      ? `Port ${port} is in use. Stop the program that uses it, or`
      : `Port ${port} is not allowed:`;
  return `${reason} choose another one: ${portFlag(port, options)} (0: a free one).`;
}

function portFlag(port: number, options: Options): string {
  if (port === options.port) return '--port PORT';
  if (port === options.devopsPort) return '--devops-port PORT';
  const registry = options.mode === 'serve' ? options.registries.find((one) => one.port === port) : undefined;
  return registry ? `--registry ${registry.host}=PORT` : '--port PORT';
}

function otherFolder(path: string, options: Options): string {
  if (options.mode === 'serve') {
    if (isBelow(path, options.storage) || isBelow(options.storage, path))
      return 'Choose another folder: --storage DIR.';
    if (options.repositories.some(({ directory }) => isBelow(path, directory)))
      return 'Choose another folder: --repository ORG/PROJECT/NAME=BARE_DIR.';
  }
  if (isBelow(path, tmpdir())) return 'Set TMPDIR to a folder that can be written.';
  return 'Copy this checkout to a folder that can be written, and start there.';
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return !way.startsWith('..') && !isAbsolute(way);
}
