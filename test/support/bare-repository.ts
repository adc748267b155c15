import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';

const environment = {
  PATH: process.env['PATH'],
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
  LC_ALL: 'C',
};

/** Runs Git on a bare repository, as somebody else on the host would; gives the bytes it printed. */
export async function gitBytes(directory: string, args: readonly string[], input?: Buffer): Promise<Buffer> {
  const child = spawn('git', args, { env: { ...environment, GIT_DIR: directory } });
  child.stdin.on('error', () => undefined); // How it ended says more.
  child.stdin.end(input);
  const [stdout, stderr, [exitCode]] = await Promise.all([
    buffer(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  if (exitCode !== 0) throw new Error(`git ${args.join(' ')} ended with ${exitCode}: ${stderr}`);
  return stdout;
}

export async function gitText(directory: string, ...args: readonly string[]): Promise<string> {
  return (await gitBytes(directory, args)).toString('utf8').trim();
}

export async function makeBareRepository(directory: string): Promise<void> {
  await gitText(directory, 'init', '--quiet', '--bare', '--initial-branch=main');
}

export type FileContent = string | Buffer | { readonly mode: '100755' | '120000'; readonly content: string };

export interface NewCommit {
  /** `main` without. */
  readonly branch?: string;
  readonly message?: string;
  /** What it is made from; the tip of the branch without. */
  readonly parents?: readonly string[];
  /** New contents; `undefined` deletes the file. */
  readonly files: Readonly<Record<string, FileContent | undefined>>;
}

let clock = 1_700_000_000;

/** Makes a commit, a second younger than the one before, byte for byte as given. Gives its id. */
export async function addCommit(directory: string, { branch = 'main', message = 'by hand', ...commit }: NewCommit) {
  const ref = `refs/heads/${branch}`;
  const [first, ...merged] = commit.parents ?? (await tipOf(directory, ref));
  clock += 1;
  const stream: (string | Buffer)[] = [
    `commit ${ref}\n`,
    `committer Ada <ada@example.com> ${clock} +0000\n`,
    ...data(Buffer.from(message)),
    ...(first === undefined ? [] : [`from ${first}\n`]),
    ...merged.map((parent) => `merge ${parent}\n`),
  ];
  for (const [path, file] of Object.entries(commit.files)) {
    if (file === undefined) {
      stream.push(`D ${path}\n`);
      continue;
    }
    const isPlain = typeof file === 'string' || Buffer.isBuffer(file);
    stream.push(`M ${isPlain ? '100644' : file.mode} inline ${path}\n`);
    stream.push(...data(Buffer.from(isPlain ? file : file.content)));
  }
  const input = Buffer.concat(stream.map((part) => Buffer.from(part)));
  await gitBytes(directory, ['fast-import', '--quiet', '--force'], input);
  return gitText(directory, 'rev-parse', ref);
}

async function tipOf(directory: string, ref: string): Promise<string[]> {
  const tip = await gitText(directory, 'for-each-ref', '--format=%(objectname)', ref);
  return tip === '' ? [] : [tip];
}

function data(bytes: Buffer): (string | Buffer)[] {
  return [`data ${bytes.length}\n`, bytes, '\n'];
}
