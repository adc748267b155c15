import { globalRegistry, imageBeside, type FindName } from './in-values.ts';
import { stepInto } from './step-into.ts';
import type { ScannedFile } from './scan.ts';
import { groupBy } from './texts.ts';
import { isMap, textAt, type YamlMap } from './values.ts';

const known = new WeakMap<readonly ScannedFile[], ReadonlyMap<string, readonly YamlMap[]>>();

/**
 * Finds the name of an image in other documents of the same kind and name: an overlay's patch sets the tag, and the resource
 * of the base has the name.
 */
export function nameInResources(document: YamlMap, files: readonly ScannedFile[]): FindName {
  const byName =
    known.get(files) ??
    groupBy(
      files.flatMap((file) => file.documents.filter(isMap)),
      keyOf,
    );
  known.set(files, byName);
  const others = keyOf(document) === '' ? [] : (byName.get(keyOf(document)) ?? []).filter((one) => one !== document);
  return (path, tagKey) => {
    const names = others.flatMap((other) => {
      const map = path.reduce<unknown>(stepInto, other);
      return isMap(map) ? (imageBeside(map, tagKey, globalRegistry(other)) ?? []) : [];
    });
    return new Set(names).size === 1 ? names[0] : undefined;
  };
}

/** Kind and name, for documents that have both. */
function keyOf(document: YamlMap): string {
  const [kind, name] = [textAt(document, 'kind'), textAt(document, 'metadata', 'name')];
  return kind === undefined || name === undefined ? '' : `${kind}/${name}`;
}
