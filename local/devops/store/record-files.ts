import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';

/** The records of a directory, one JSON file each; none where there is no such directory yet. */
export async function readRecords<S extends z.ZodType>(
  directory: string,
  fileName: RegExp,
  schema: S,
): Promise<z.infer<S>[]> {
  const files = (await readdir(directory).catch(noneYet)).filter((name) => fileName.test(name));
  const texts = await Promise.all(files.map((name) => readFile(join(directory, name), 'utf8')));
  return texts.map((text) => schema.parse(JSON.parse(text)));
}

/** Writes a record; a concurrent reader sees the old one or the new one. */
export async function writeRecord(directory: string, fileName: string, record: unknown): Promise<void> {
  const file = join(directory, fileName);
  await mkdir(directory, { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(record));
  await rename(`${file}.new`, file);
}

function noneYet(error: unknown): string[] {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
  throw error;
}
