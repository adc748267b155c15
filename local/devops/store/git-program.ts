import { spawn } from 'node:child_process';
import { devNull, tmpdir } from 'node:os';

/** The settings for every Git program; they override the machine's own configuration. */
const settings: readonly (readonly [key: string, value: string])[] = [
  ['safe.directory', '*'],
  ['gc.auto', '0'],
  ['receive.autogc', 'false'],
  ['core.filesRefLockTimeout', '1000'],
  ['core.fsync', 'objects,reference'],
  ['uploadpack.allowAnySHA1InWant', 'true'],
  ['uploadpack.allowFilter', 'true'],
];

/** Environment of every Git program; `more` selects the repository. */
export function gitEnvironment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const configuration = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {
    ...Object.fromEntries(inherited),
    ...Object.fromEntries(configuration),
    GIT_CONFIG_COUNT: String(settings.length),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: devNull,
    GIT_LITERAL_PATHSPECS: '1',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
    ...more,
  };
}

/** How a Git program ended. */
export interface GitResult {
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A Git program ended in a way that its caller did not expect. */
export class GitProgramError extends Error {
  override readonly name = 'GitProgramError';
}

/**
 * Runs Git on a bare repository, outside of its directory (so that a process whose working directory it is, is
 * somebody else's).
 */
export async function tryGit(directory: string, args: readonly string[]): Promise<GitResult> {
  const child = spawn('git', args, {
    cwd: tmpdir(),
    env: gitEnvironment({ GIT_DIR: directory }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { exitCode, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString('utf8') };
}

/** Runs Git and gives what it printed. Throws `GitProgramError` unless it ended with one of the expected exit codes. */
export async function git(
  directory: string,
  args: readonly string[],
  expected: readonly number[] = [0],
): Promise<string> {
  const { exitCode, stdout, stderr } = await tryGit(directory, args);
  if (exitCode === null || !expected.includes(exitCode)) {
    throw new GitProgramError(`git ${args.join(' ')} in ${directory} ended with ${exitCode}: ${stderr.trim()}`);
  }
  return stdout.toString('utf8');
}
