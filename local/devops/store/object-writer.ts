import { createHash, randomBytes } from 'node:crypto';
import { access, mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { ObjectType } from './object-reader.ts';

const deflateBuffer = promisify(deflate);

/**
 * Writes a loose object as Git does (a temporary file that is flushed, then renamed) and gives its id. When this
 * returns, the object is whole on disk under its name, so a ref may point to it whatever is killed next.
 * Format: "Git Internals – Git Objects" in the Pro Git book.
 */
export async function writeObject(directory: string, type: ObjectType, content: Buffer): Promise<string> {
  const whole = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  const id = createHash('sha1').update(whole).digest('hex');
  const folder = join(directory, 'objects', id.slice(0, 2));
  const path = join(folder, id.slice(2));
  if (await exists(path)) return id;
  await mkdir(folder, { recursive: true });
  // `git gc` removes leftovers of this name.
  const temporary = join(folder, `tmp_obj_${randomBytes(6).toString('hex')}`);
  const file = await open(temporary, 'wx', 0o444);
  try {
    await file.writeFile(await deflateBuffer(whole, { level: 1 }));
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  return id;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
