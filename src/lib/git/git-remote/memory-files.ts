import { posix } from 'node:path';

/**
 * Files in memory, as far as an object store of `isomorphic-git` needs a file system. There is no file to be half
 * written, shared with another process or left behind.
 */
export class MemoryFiles {
  readonly #directories = new Map<string, Map<string, Uint8Array<ArrayBuffer>>>();
  #size = 0;

  /** Bytes in all files. */
  get size(): number {
    return this.#size;
  }

  /** The file system for `isomorphic-git`. Functions for a working tree and refs are missing. */
  readonly client = {
    promises: {
      readFile: (path: string, options?: unknown) => this.#read(path, options),
      writeFile: (path: string, content: Uint8Array | string) => this.#write(path, content),
      readdir: (path: string) => this.#list(path),
      stat: (path: string) => this.#stat(path),
      lstat: (path: string) => this.#stat(path),
      unlink: unsupported('unlink'),
      mkdir: unsupported('mkdir'),
      rmdir: unsupported('rmdir'),
      readlink: unsupported('readlink'),
      symlink: unsupported('symlink'),
    },
  };

  /** As an `ArrayBuffer`, which `isomorphic-git` uses without a copy. */
  async #read(path: string, options?: unknown): Promise<ArrayBuffer | string> {
    const content = this.#find(path);
    if (content === undefined) throw notFound(path);
    return wantsText(options) ? Buffer.from(content.buffer).toString('utf8') : content.buffer;
  }

  async #write(path: string, content: Uint8Array | string): Promise<void> {
    const { dir, base } = posix.parse(posix.normalize(path));
    const directory = this.#directories.get(dir) ?? new Map<string, Uint8Array<ArrayBuffer>>();
    this.#directories.set(dir, directory);
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content);
    this.#size += bytes.length - (directory.get(base)?.length ?? 0);
    directory.set(base, bytes);
  }

  async #list(path: string): Promise<string[]> {
    return [...(this.#directories.get(posix.normalize(path))?.keys() ?? [])];
  }

  async #stat(path: string): Promise<{ size: number; isDirectory: () => boolean }> {
    const content = this.#find(path);
    if (content === undefined) throw notFound(path);
    return { size: content.length, isDirectory: () => false };
  }

  #find(path: string): Uint8Array<ArrayBuffer> | undefined {
    const { dir, base } = posix.parse(posix.normalize(path));
    return this.#directories.get(dir)?.get(base);
  }
}

function wantsText(options: unknown): boolean {
  return typeof options === 'object' && options !== null && 'encoding' in options && options.encoding === 'utf8';
}

/** The error of Node's own file system; `isomorphic-git` checks the code. */
function notFound(path: string): Error {
  return Object.assign(new Error(`no file ${path} in memory`), { code: 'ENOENT' });
}

function unsupported(name: string): () => Promise<never> {
  return () => Promise.reject(new Error(`an object store in memory has no ${name}`));
}
