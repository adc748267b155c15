import type { Layer, Places } from './places.ts';

/**
 * Merges maps, later over earlier: maps merge, everything else replaces, and `null` removes what was inherited. The
 * result knows where each of its values was written. Of the outermost maps only `fields` are taken, if given.
 */
export function mergeLayers(
  places: Places,
  layers: readonly Layer[],
  fields?: ReadonlySet<string>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  const keys = new Set(layers.flatMap(({ value }) => Object.keys(value)));
  for (const key of keys) {
    if (fields && !fields.has(key)) continue;
    // What stands before the last null, or before a value of another shape, is gone.
    let maps: Layer[] = [];
    let last: unknown;
    for (const { value, path } of layers) {
      if (!Object.hasOwn(value, key)) continue;
      last = (value as Readonly<Record<string, unknown>>)[key];
      maps = isMap(last) ? [...maps, { value: last, path: [...path, key] }] : [];
    }
    if (maps.length > 0) merged[key] = mergeLayers(places, maps);
    else if (last !== null && last !== undefined) merged[key] = last;
  }
  places.setLayers(merged, layers);
  return merged;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
