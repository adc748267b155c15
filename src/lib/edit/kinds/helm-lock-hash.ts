import { isMap, isScalar, isSeq } from 'yaml';
import type { YAMLMap } from 'yaml';
import type { EditableFile } from '../yaml/editable-file.ts';
import { keyText, ownPairs, resolved } from '../yaml/place.ts';

/** A dependency as Helm's `chart.Dependency` has it; what is unset or empty is `undefined`. */
export interface Dependency {
  readonly name: string;
  readonly version: string | undefined;
  readonly repository: string;
  readonly condition: string | undefined;
  readonly tags: readonly unknown[] | undefined;
  readonly enabled: true | undefined;
  readonly 'import-values': readonly unknown[] | undefined;
  readonly alias: string | undefined;
}

/**
 * The text whose SHA-256 is the digest of a `Chart.lock`: Helm's `resolver.HashReq`, the JSON of both lists as Go
 * writes it (fields in the order of the struct, map keys sorted, `<`, `>` and `&` escaped).
 */
export function hashText(required: readonly Dependency[], locked: readonly Dependency[]): string {
  const json = JSON.stringify([required, locked]);
  return json.replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Reads one member of `dependencies`. */
export function dependencyData(file: EditableFile, map: YAMLMap): Dependency {
  const data = (key: string): unknown => plainData(file, ownPairs(file, map, key)[0]?.value);
  const text = (key: string): string | undefined => {
    const value = data(key);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const list = (key: string): readonly unknown[] | undefined => {
    const value = data(key);
    return Array.isArray(value) && value.length > 0 ? value : undefined;
  };
  // The order is Go's.
  return {
    name: text('name') ?? '',
    version: text('version'),
    repository: text('repository') ?? '',
    condition: text('condition'),
    tags: list('tags'),
    enabled: data('enabled') === 'true' ? true : undefined,
    'import-values': list('import-values'),
    alias: text('alias'),
  };
}

// Every scalar of a dependency but `enabled` is text to Helm.
function plainData(file: EditableFile, value: unknown): unknown {
  const node = resolved(file, value);
  if (isScalar(node)) return String(node.value);
  if (isSeq(node)) return node.items.map((item) => plainData(file, item));
  if (!isMap(node)) return undefined;
  const entries = node.items.flatMap((pair) => {
    const key = keyText(file, pair);
    return key === undefined ? [] : [[key, plainData(file, pair.value)] as const];
  });
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
