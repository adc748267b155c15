import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { UsageError } from '../command.ts';
import type { CommandIo } from '../command.ts';
import { ownValues } from './own-values.ts';
import { findMentions, type Mention } from './mentions.ts';

/** A YAML or JSON file of a checkout, as plain values. */
export interface ScannedFile {
  /** Path from the root of the checkout, `/` between segments. */
  readonly path: string;
  readonly documents: readonly unknown[];
  /** Why the file has no documents. */
  readonly problem?: string;
  /** Every reference in the text. */
  readonly mentions?: readonly Mention[];
}

const skippedFolders = new Set(['.git', 'node_modules', 'vendor', '.github', '.vscode', '.devcontainer']);
const maxFiles = 50_000;
/** Files and folders of any kind. A checkout has fewer; the root of a disk has more. */
const maxEntries = 400_000;
const maxBytes = 2 * 1024 * 1024;

/** A scan that takes longer reports how far it has come, each time this has passed, in milliseconds. */
const progressMs = 3_000;

/**
 * Reads every YAML and JSON file; one that is not YAML, such as a Helm template, has no documents. Links are not followed.
 *
 * @param onProgress gets the number of files and folders that were seen, every few seconds
 * @throws {UsageError} the root is not a folder, or has too many files for a checkout
 */
export async function scanCheckout(
  root: string,
  onProgress?: (entries: number) => void,
  everyMs = progressMs,
): Promise<readonly ScannedFile[]> {
  const found = await stat(root).catch(() => undefined);
  if (!found?.isDirectory()) throw new UsageError(`--checkout is ${root}; expected a folder`);
  const files: ScannedFile[] = [];
  const open = [''];
  let entries = 0;
  let reportedAt = performance.now();
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const entry of await entriesOf(join(root, folder))) {
      entries += 1;
      if (entries > maxEntries)
        throw new UsageError(`${root} has more than ${maxEntries} files and folders; expected a GitOps checkout`);
      if (onProgress && performance.now() - reportedAt > everyMs) {
        onProgress(entries);
        reportedAt = performance.now();
      }
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!skippedFolders.has(entry.name)) open.push(path);
      } else if (
        entry.isFile() &&
        /\.(?:ya?ml|json|tpl|tmpl|gotmpl|env|properties)$|^Kustomization$/i.test(entry.name)
      ) {
        const file = await readScanned(join(root, path), path);
        if (file.documents.length > 0 || (file.mentions !== undefined && file.mentions.length > 0)) files.push(file);
        if (files.length > maxFiles)
          throw new UsageError(
            `${root} has more than ${maxFiles} files of YAML and JSON; expected a GitOps checkout, or a folder of one`,
          );
      }
    }
  }
  return files.toSorted((a, b) => Number(a.path > b.path) - Number(a.path < b.path));
}

/** Reports on standard error how far the scan of a checkout has come. */
export function reportProgress(root: string, { stderr }: Pick<CommandIo, 'stderr'>): (entries: number) => void {
  return (entries) => stderr.write(`Reading ${root}: ${entries.toLocaleString('en')} files and folders so far\n`);
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError(`the folder ${folder} cannot be read: ${reason}`, { cause: error });
  }
}

async function readScanned(location: string, path: string): Promise<ScannedFile> {
  if ((await stat(location)).size > maxBytes)
    return { path, documents: [], mentions: [], problem: `it is larger than ${maxBytes} bytes` };
  const text = await readFile(location, 'utf8');
  const mentions = findMentions(text);
  const isChartTemplate = /(?:^|\/)templates\//.test(path);
  if (isChartTemplate || !/\.(?:ya?ml|json)$|(?:^|\/)Kustomization$/i.test(path)) {
    const problem = isChartTemplate ? 'it is a template of a chart' : 'init reads YAML and JSON only';
    return { path, documents: [], mentions, problem };
  }
  const read = /\.json$/i.test(path) ? readJson(text) : readDocuments(text);
  return typeof read === 'string'
    ? { path, documents: [], mentions, problem: read }
    : { path, documents: read, mentions };
}

function readJson(text: string): readonly unknown[] | string {
  try {
    return [JSON.parse(text.replace(/^\uFEFF/, ''))];
  } catch {
    return 'it is not valid JSON'; // A file with comments, such as the settings of an editor.
  }
}

/** The documents, or why there are none. */
function readDocuments(text: string): readonly unknown[] | string {
  const documents = parseAllDocuments(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'silent' });
  if (!Array.isArray(documents)) return [];
  const problem = documents.flatMap(({ errors }) => errors)[0];
  if (problem) return /\{\{|\$\{|#\{|\$[A-Z_]+|__\w+__/.test(text) ? 'it is a template' : 'it is not valid YAML';
  try {
    return documents.map(ownValues);
  } catch (error) {
    // Aliases that lead nowhere, or to too much: no file to guess from.
    if (error instanceof ReferenceError) return 'its aliases cannot be resolved';
    throw error;
  }
}
