import type { ScannedFile } from './scan.ts';
import { at, textAt } from './values.ts';

/** The paths of files in which SOPS protects plain values too, so that tagrelay edits none of them. */
export function sealedFiles(files: readonly ScannedFile[]): ReadonlySet<string> {
  return new Set(files.filter(({ documents }) => documents.some(isSealed)).map(({ path }) => path));
}

function isSealed(document: unknown): boolean {
  return textAt(document, 'sops', 'mac') !== undefined && at(document, 'sops', 'mac_only_encrypted') !== true;
}
