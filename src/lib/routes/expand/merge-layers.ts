import type { Layer, SourceMap } from '../read/source-map.ts';

/**
 * Merges maps, later over earlier: maps merge, other values replace, `null` removes the inherited value. The source map
 * keeps the position of each value. With `fields`, only these keys of the outermost maps are merged.
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
  // A null, or a value that is not a map, discards the earlier layers.
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
