/**
 * Applies a JSON merge patch (RFC 7396): objects merge, `null` removes, absent fields stay. `undefined` counts as absent,
 * because JSON does not hold it.
 */
export function mergePatch<T>(target: unknown, patch: T): T {
  if (!isObject(patch)) return patch;
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else if (value !== undefined) merged[name] = mergePatch(merged[name], value);
  }
  return merged as T;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
