import { posix } from 'node:path';
import type { ScannedFile } from './scan.ts';
import { listAt, textAt } from './values.ts';

/** The paths of the files that a kustomization of the checkout reads as a resource or as a patch. */
export function includedFiles(files: readonly ScannedFile[]): ReadonlySet<string> {
  return new Set(
    files
      .filter(({ path }) => /(?:^|\/)kustomization(?:\.ya?ml)?$/i.test(path))
      .flatMap(({ path, documents }) =>
        documents
          .flatMap((document) => [
            ...['resources', 'bases', 'patchesStrategicMerge'].flatMap((key) => listAt(document, key).map(String)),
            ...listAt(document, 'patches').flatMap((patch) => textAt(patch, 'path') ?? []),
          ])
          .map((name) => posix.join(posix.dirname(path), name)),
      ),
  );
}
