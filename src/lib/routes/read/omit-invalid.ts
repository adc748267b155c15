import type { SourceMap, Step } from './source-map.ts';

type Paths = Map<Step, Paths>;

/**
 * A copy of a value without the invalid values at `paths`, so that the rest can be checked. Values that aliases share are
 * unchanged elsewhere. The list `update` keeps its length: an invalid entry becomes an empty map. Any other list with an
 * invalid entry is omitted, because a partial list has another meaning.
 */
export function omitInvalid(root: unknown, paths: readonly (readonly Step[])[], sourceMap: SourceMap): unknown {
  const wrong: Paths = new Map();
  for (const path of paths) {
    let at = wrong;
    for (const step of path) {
      const next = at.get(step) ?? new Map<Step, Paths>();
      at.set(step, next);
      at = next;
    }
  }
  return paths.length === 0 ? root : without(root, wrong, sourceMap, []);
}

/** The rest of the value at `way`; `undefined` if none is left. */
function without(value: unknown, wrong: Paths, sourceMap: SourceMap, way: readonly Step[]): unknown {
  if (wrong.size === 0 || typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    // A capture can be named `update`.
    if (way.at(-1) !== 'update' || way.at(-2) === 'where') return undefined;
    const list = value.map((item: unknown, index) => {
      const inner = wrong.get(index);
      return inner ? (without(item, inner, sourceMap, [...way, index]) ?? {}) : item;
    });
    sourceMap.copy(value, list);
    return list;
  }
  const map: Record<string, unknown> = { ...value };
  for (const [step, inner] of wrong) {
    if (!Object.hasOwn(map, step)) continue;
    const left = without(map[step], inner, sourceMap, [...way, step]);
    if (left === undefined) delete map[step];
    else map[step] = left;
  }
  sourceMap.copy(value, map);
  return map;
}
