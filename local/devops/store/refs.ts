import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObjectId } from './object-id.ts';
import { isRefName } from './ref-name.ts';

/** A ref and the object that it names; an annotated tag's object is the tag, not the commit. */
export interface Ref {
  readonly name: string;
  readonly objectId: string;
}

const maxSymbolicDepth = 5;

/**
 * Reads one ref from the files backend ("gitrepository-layout" in Git's manual). The loose file comes before
 * `packed-refs`: Git removes it only after the packed line is written, so no ref is missed in between.
 * A name that Git would not take (`refs/heads/../../HEAD`) is that of no ref.
 */
export async function readRef(directory: string, name: string, depth = 0): Promise<string | undefined> {
  if (!isRefName(name)) return undefined;
  const text = await readIfPresent(join(directory, name));
  if (text === undefined) return (await readPackedRefs(directory)).get(name);
  const target = /^ref: *(\S+)/.exec(text)?.[1];
  if (target !== undefined) {
    return depth < maxSymbolicDepth ? readRef(directory, target, depth + 1) : undefined;
  }
  const id = text.trim();
  return isObjectId(id) ? id : undefined;
}

/** The full name of the branch that `HEAD` stands for, whether it exists or not. */
export async function readDefaultBranch(directory: string): Promise<string | undefined> {
  return /^ref: *(\S+)/.exec((await readIfPresent(join(directory, 'HEAD'))) ?? '')?.[1];
}

/** The refs whose full names begin with `prefix`, sorted by name as Git sorts them; folders without any are not read. */
export async function listRefs(directory: string, prefix = 'refs/'): Promise<Ref[]> {
  const loose = await listLooseRefs(directory, 'refs', prefix);
  const packed = [...(await readPackedRefs(directory))].filter(([name]) => name.startsWith(prefix));
  return [...new Map([...packed, ...loose])]
    .map(([name, objectId]) => ({ name, objectId }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

async function listLooseRefs(directory: string, folder: string, prefix: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const entries = await ifPresent(readdir(join(directory, folder), { withFileTypes: true }));
  for (const entry of entries ?? []) {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory() && (name.startsWith(prefix) || prefix.startsWith(`${name}/`))) {
      for (const [inner, id] of await listLooseRefs(directory, name, prefix)) found.set(inner, id);
    } else if (!entry.isDirectory() && name.startsWith(prefix)) {
      const id = await readRef(directory, name);
      if (id !== undefined) found.set(name, id);
    }
  }
  return found;
}

async function readPackedRefs(directory: string): Promise<Map<string, string>> {
  const text = (await readIfPresent(join(directory, 'packed-refs'))) ?? '';
  const refs = new Map<string, string>();
  for (const line of text.split('\n')) {
    const id = line.slice(0, 40);
    if (line.charAt(40) === ' ' && isObjectId(id)) refs.set(line.slice(41), id);
  }
  return refs;
}

async function readIfPresent(path: string): Promise<string | undefined> {
  return ifPresent(readFile(path, 'utf8'));
}

const absent: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

async function ifPresent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && 'code' in error && absent.has(error.code)) return undefined;
    throw error;
  }
}
