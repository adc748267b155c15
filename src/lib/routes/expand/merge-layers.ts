import type { Layer, SourceMap } from '../read/source-map.ts';

/**
 * Merges maps, later over earlier: maps merge, everything else replaces, and `null` removes what was inherited. The
 * result knows where each of its values was written. Of the outermost maps only `fields` are taken, if given.
 */
export function mergeLayers(
  sourceMap: SourceMap,
  layers: readonly Layer[],
  fields?: ReadonlySet<string>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const { value } of layers) {
    for (const key in value) {
      if (Object.hasOwn(merged, key) || (fields && !fields.has(key))) continue;
      const entry = mergeEntry(sourceMap, layers, key);
      if (entry !== undefined) merged[key] = entry;
    }
  }
  sourceMap.setLayers(merged, layers);
  return merged;
}

function mergeEntry(sourceMap: SourceMap, layers: readonly Layer[], key: string): unknown {
  // What stands before the last null, or before a value of another shape, is gone.
  let maps: Layer[] = [];
  let last: unknown;
  for (const { value, path } of layers) {
    if (!Object.hasOwn(value, key)) continue;
    last = (value as Readonly<Record<string, unknown>>)[key];
    maps = isMap(last) ? [...maps, { value: last, path: [...path, key] }] : [];
  }
  return maps.length > 0 ? mergeLayers(sourceMap, maps) : (last ?? undefined);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
