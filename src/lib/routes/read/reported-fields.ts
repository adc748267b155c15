import { suggest } from './suggest.ts';
import type { Step } from './source-map.ts';
import type { ProblemCode } from './problem-codes.ts';
import { environmentFieldNames } from './schema.ts';
import type { ShapeProblem } from './shape-problems.ts';

/** All fields of a layer. */
const all = '*';

/**
 * The fields of each layer that were reported for their shape and omitted. Problems that only follow from the omission
 * are not reported.
 */
export class ReportedFields {
  private readonly layers = new Map<string, Set<string>>();

  add({ code, path, part }: Pick<ShapeProblem, 'code' | 'path' | 'part'>): void {
    const { layer, field = all } = layerOf(path);
    const isTypo = code === 'unknown-field' && part === 'key';
    // A typo such as `repositry` counts as the field `repository`; at the top level, as the whole section.
    if (isTypo && layer.length === 0) {
      const meant = suggest(field, ['defaults', 'environments']);
      if (meant !== undefined) this.addTo([meant], all);
    } else this.addTo(layer, isTypo ? (suggest(field, [...environmentFieldNames, 'image', 'where']) ?? field) : field);
  }

  /** The fields that were reported in any of the layers. */
  of(layers: readonly (readonly Step[])[]): ReadonlySet<string> {
    if (this.layers.size === 0) return new Set();
    return new Set(layers.flatMap((layer) => [...(this.layers.get(keyOf(layer)) ?? [])]));
  }

  private addTo(layer: readonly Step[], field: string): void {
    const known = this.layers.get(keyOf(layer)) ?? new Set();
    this.layers.set(keyOf(layer), known.add(field));
  }
}

/** Codes that an omitted value can cause. */
const consequences: ReadonlySet<ProblemCode> = new Set([
  'missing-field',
  'update-kind',
  'moving-tags',
  'delivery-unavailable',
  'outside-allow',
  'required-differs',
]);

/** Whether an omitted value can be the only cause of a problem. */
export function isConsequence(reported: ReadonlySet<string>, code: ProblemCode, [field]: readonly Step[]): boolean {
  if (reported.size === 0) return false;
  if (code === 'word-unknown') return reported.has('vars') || reported.has(all);
  if (code === 'moving-tags' && reported.has('update')) return true;
  // If a whole layer was omitted, its fields can be valid.
  return consequences.has(code) && (reported.has(String(field)) || reported.has(all));
}

function layerOf(path: readonly Step[]): { readonly layer: readonly Step[]; readonly field?: string } {
  const [section, name, field, environment] = path;
  const length =
    section === 'defaults'
      ? 1
      : section === 'environments'
        ? Math.min(2, path.length)
        : section !== 'routes'
          ? 0
          : field === 'environments' && typeof environment === 'string' && name !== undefined
            ? 4
            : 2;
  const at = path[length];
  return { layer: path.slice(0, length), ...(at !== undefined && { field: String(at) }) };
}

function keyOf(layer: readonly Step[]): string {
  return JSON.stringify(layer);
}
