import type { PathSegment } from '../../lib/model/value-path.ts';
import { isMap, textAt } from '../init/values.ts';

/** Values from one place: a file, the Application, or a parameter. */
export interface ValuesLayer<Origin> {
  readonly origin: Origin;
  readonly values: unknown;
}

/** Merged values, in which each value knows the layer that set it. */
export type MergedValue<Origin> =
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, MergedValue<Origin>> }
  | { readonly kind: 'list'; readonly items: readonly MergedValue<Origin>[] }
  | ({ readonly kind: 'scalar'; readonly origin: Origin } & ScalarValue);

/** A scalar as text. The number `1.10` has lost its last digit. */
export interface ScalarValue {
  readonly text: string;
  readonly isNumber: boolean;
}

/** Merges values as Helm does: maps key by key, `null` removes a key, and everything else replaces. The last layer wins. */
export function mergeValues<Origin>(layers: readonly ValuesLayer<Origin>[]): MergedValue<Origin> {
  return layers.reduce<MergedValue<Origin>>(
    (below, { origin, values }) => (isMap(values) ? merge(below, values, origin) : below),
    { kind: 'map', entries: new Map() },
  );
}

function merge<Origin>(below: MergedValue<Origin> | undefined, value: unknown, origin: Origin): MergedValue<Origin> {
  if (Array.isArray(value)) return { kind: 'list', items: value.map((item) => merge(undefined, item, origin)) };
  if (!isMap(value)) return { kind: 'scalar', text: scalarText(value), isNumber: typeof value === 'number', origin };
  const entries = new Map(below?.kind === 'map' ? below.entries : []);
  for (const [key, inner] of Object.entries(value)) {
    if (inner === null) entries.delete(key);
    else entries.set(key, merge(entries.get(key), inner, origin));
  }
  return { kind: 'map', entries };
}

/** Sets one value, as `--set NAME=VALUE` of Helm does. */
export function setValue<Origin>(
  values: MergedValue<Origin>,
  [segment, ...rest]: readonly PathSegment[],
  text: string,
  origin: Origin,
): MergedValue<Origin> {
  if (!segment) return { kind: 'scalar', text, isNumber: false, origin };
  if (segment.kind === 'index') {
    const items = values.kind === 'list' ? [...values.items] : [];
    items[segment.index] = setValue(items[segment.index] ?? nothing(), rest, text, origin);
    return { kind: 'list', items: Array.from(items, (item) => item ?? nothing()) };
  }
  const key = segment.kind === 'key' ? segment.key : segment.value;
  const entries = new Map(values.kind === 'map' ? values.entries : []);
  entries.set(key, setValue(entries.get(key) ?? nothing(), rest, text, origin));
  return { kind: 'map', entries };
}

/** The value at a path; a member of a list is found by its field. */
export function valueAt<Origin>(
  value: MergedValue<Origin> | undefined,
  path: readonly PathSegment[],
): MergedValue<Origin> | undefined {
  return path.reduce<MergedValue<Origin> | undefined>((inner, segment) => {
    if (segment.kind === 'key') return inner?.kind === 'map' ? inner.entries.get(segment.key) : undefined;
    if (inner?.kind !== 'list') return undefined;
    if (segment.kind === 'index') return inner.items[segment.index];
    return inner.items.find((item) => {
      const field = item.kind === 'map' ? item.entries.get(segment.field) : undefined;
      return field?.kind === 'scalar' && field.text === segment.value;
    });
  }, value);
}

function nothing<Origin>(): MergedValue<Origin> {
  return { kind: 'map', entries: new Map() };
}

/** The name of a Helm parameter as a path: `services[0].image\.name` has three segments. */
export function parameterPath(name: string): readonly PathSegment[] {
  return Array.from(name.matchAll(/\[(\d{1,4})\]|((?:\\.|[^.[\\])+)/g), ([, index, key = '']): PathSegment =>
    index === undefined
      ? { kind: 'key', key: key.replaceAll(/\\(.)/g, '$1') }
      : { kind: 'index', index: Number(index) },
  );
}

function scalarText(value: unknown): string {
  return textAt({ value }, 'value') ?? (typeof value === 'boolean' ? String(value) : '');
}
