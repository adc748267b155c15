import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { tmpdir } from 'node:os';
import { gitEnvironment, GitProgramError } from './git-program.ts';
import { isObjectId } from './object-id.ts';

export type ObjectType = 'blob' | 'tree' | 'commit' | 'tag';

export interface GitObject {
  readonly type: ObjectType;
  readonly content: Buffer;
}

interface Waiting {
  readonly resolve: (object: GitObject | undefined) => void;
  readonly reject: (error: Error) => void;
}

const newline = 0x0a;

/**
 * Reads objects through one long-lived `git cat-file --batch`, which looks for new packs before it calls an object
 * missing and so sees what other programs have written.
 */
export class ObjectReader {
  readonly #directory: string;
  #process: ChildProcessWithoutNullStreams | undefined;
  #waiting: Waiting[] = [];
  #received: Buffer[] = [];
  #receivedLength = 0;
  /** Bytes that must be there before looking again. */
  #needed = 1;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The object with this id, or `undefined` where the repository has none. */
  read(id: string): Promise<GitObject | undefined> {
    if (!isObjectId(id)) throw new RangeError(`An object id has 40 hexadecimal digits, this has not: ${id}`);
    return new Promise((resolve, reject) => {
      const process = (this.#process ??= this.#start());
      this.#waiting.push({ resolve, reject });
      process.stdin.write(`${id}\n`);
    });
  }

  close(): void {
    this.#process?.stdin.end();
  }

  #start(): ChildProcessWithoutNullStreams {
    const child = spawn('git', ['cat-file', '--batch'], {
      cwd: tmpdir(),
      env: gitEnvironment({ GIT_DIR: this.#directory }),
    });
    const fail = (error: Error): void => {
      if (this.#process !== child) return;
      const waiting = this.#waiting;
      this.#process = undefined;
      this.#waiting = [];
      this.#received = [];
      this.#receivedLength = 0;
      this.#needed = 1;
      for (const { reject } of waiting) reject(error);
    };
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr = `${stderr}${chunk.toString('utf8')}`.slice(-1000)));
    child.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    child.stdin.on('error', fail);
    child.once('error', fail);
    child.once('close', (code) => fail(new GitProgramError(`git cat-file ended with ${code}: ${stderr.trim()}`)));
    return child;
  }

  #receive(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#receivedLength += chunk.length;
    while (this.#receivedLength >= this.#needed && this.#deliver()) {
      // Several answers may have come at once.
    }
  }

  /** Delivers the first answer if all of it is there. */
  #deliver(): boolean {
    const all = this.#received.length === 1 ? this.#received[0] : Buffer.concat(this.#received, this.#receivedLength);
    if (all === undefined) return false;
    this.#received = [all];
    const headEnd = all.indexOf(newline);
    if (headEnd < 0) {
      this.#needed = this.#receivedLength + 1;
      return false;
    }
    const [, type = '', size = '0'] = all.toString('latin1', 0, headEnd).split(' ');
    const missing = type === 'missing';
    const end = missing ? headEnd + 1 : headEnd + 1 + Number(size) + 1;
    if (all.length < end) {
      this.#needed = end;
      return false;
    }
    this.#received = all.length === end ? [] : [all.subarray(end)];
    this.#receivedLength = all.length - end;
    this.#needed = 1;
    const object = { type: type as ObjectType, content: all.subarray(headEnd + 1, end - 1) };
    this.#waiting.shift()?.resolve(missing ? undefined : object);
    return true;
  }
}
