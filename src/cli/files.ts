import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { UsageError } from './command.ts';

/** Reads a file that the caller named. */
export async function readNamedFile(path: string, what: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (isFolder(error)) throw new UsageError(`${what} ${path} is a folder; expected a file`, { cause: error });
    throw new UsageError(`${what} ${path} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
  if (bytes.includes(0)) throw new UsageError(`${what} ${path} is not text; expected a file in UTF-8`);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** Writes a file that the caller named. */
export async function writeNamedFile(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** Replaces a file that the caller named, whole or not at all; only its owner can read it. */
export async function replaceNamedFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw cannotWrite(path, error);
  }
}

function cannotWrite(path: string, error: unknown): UsageError {
  const reason =
    error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'there is no such folder' : reasonOf(error);
  return new UsageError(`${path} cannot be written: ${reason}`, { cause: error });
}

function isFolder(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EISDIR';
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (isFolder(error)) return 'it is a folder';
  if (code === 'EROFS') return 'the file system is read-only';
  return code === 'EACCES' || code === 'EPERM' ? 'it is not permitted' : String(code ?? error);
}
