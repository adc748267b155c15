import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { UsageError } from '../command.ts';

/** A YAML file of a checkout, as plain values. */
export interface ScannedFile {
  /** Path from the root of the checkout, `/` between segments. */
  readonly path: string;
  readonly documents: readonly unknown[];
}

const skippedFolders = new Set(['.git', 'node_modules', 'vendor', 'templates', '.github', '.vscode']);
const maxFiles = 50_000;
const maxBytes = 2 * 1024 * 1024;

/** Reads every YAML file that is YAML (a Helm template is not). Links are not followed. */
export async function scanCheckout(root: string): Promise<readonly ScannedFile[]> {
  const found = await stat(root).catch(() => undefined);
  if (!found?.isDirectory()) throw new UsageError(`--checkout is ${root}; expected a folder`);
  const files: ScannedFile[] = [];
  const open = [''];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!skippedFolders.has(entry.name)) open.push(path);
      } else if (entry.isFile() && /\.ya?ml$|^Kustomization$/i.test(entry.name)) {
        const documents = await readDocuments(join(root, path));
        if (documents.length > 0) files.push({ path, documents });
        if (files.length > maxFiles)
          throw new UsageError(
            `${root} has more than ${maxFiles} YAML files; expected a GitOps checkout, or a folder of one`,
          );
      }
    }
  }
  return files.toSorted((a, b) => Number(a.path > b.path) - Number(a.path < b.path));
}

async function readDocuments(path: string): Promise<readonly unknown[]> {
  if ((await stat(path)).size > maxBytes) return [];
  const documents = parseAllDocuments(await readFile(path, 'utf8'), {
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'silent',
  });
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return [];
  try {
    return documents.map((document): unknown => document.toJS({ maxAliasCount: 100 }));
  } catch (error) {
    // Aliases that lead nowhere, or to too much: no file to guess from.
    if (error instanceof ReferenceError) return [];
    throw error;
  }
}
