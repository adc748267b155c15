import { z } from 'zod';
import { describeMoves, type MisplacedKeys, type Move } from './describe-moves.ts';
import { alternatives } from './schema-fields.ts';
import { isPlainMap, isRequired, shapeScore, type PlainMap } from './schema-score.ts';
import type { SourceMap, Step } from './source-map.ts';

/**
 * Finds keys that fit a map further left or further right in the text, but not their own: a field of a route among the
 * names of routes, a route beside `routes`. `root` is returned with the keys at the expected places, so that no problem
 * follows from them.
 */
export function moveMisplacedKeys(
  schema: z.ZodType,
  value: unknown,
  text: string,
  sourceMap: SourceMap,
): { readonly root: unknown; readonly misplaced: readonly MisplacedKeys[] } {
  const mover = new Mover(text, sourceMap);
  const root = mover.copy(value);
  mover.visit({ value: root, schema, path: [] }, []);
  return { root: mover.moves.length === 0 ? value : root, misplaced: describeMoves(mover.moves, sourceMap) };
}

interface Place {
  readonly value: unknown;
  readonly schema: z.core.$ZodType;
  readonly path: readonly Step[];
  /** Puts a map in the place of an empty value. */
  readonly put?: (map: PlainMap) => void;
}

interface Candidate {
  readonly place: Place;
  readonly field: z.core.$ZodType;
  readonly score: number;
}

/** Spaces of a level where the text shows none. */
const step = 2;
/** Keys that are compared with other maps: a text of another kind can have tens of thousands. */
const maxAttempts = 1000;

class Mover {
  readonly moves: Move[] = [];
  /** The expected columns of the moved keys of a map. */
  private readonly columns = new Map<PlainMap, Map<string, number>>();
  private attempts = 0;
  /** The last key that went out of a map. */
  private readonly followers = new Map<PlainMap, Place>();
  private readonly text: string;
  private readonly sourceMap: SourceMap;
  private root: unknown;

  constructor(text: string, sourceMap: SourceMap) {
    this.text = text;
    this.sourceMap = sourceMap;
  }

  copy(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const copy = Array.isArray(value)
      ? value.map((item) => this.copy(item))
      : Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, this.copy(entry)]));
    this.sourceMap.copy(value, copy);
    return copy;
  }

  visit(place: Place, outer: readonly Place[]): void {
    if (outer.length === 0) this.root = place.value;
    const { value } = place;
    for (const type of alternatives(place.schema)) {
      if (Array.isArray(value) && type instanceof z.ZodArray)
        for (const [index, item] of value.entries())
          this.visit({ value: item, schema: type.element, path: [...place.path, index] }, [place, ...outer]);
      if (!isPlainMap(value) || !hasOwnFields(type)) continue;
      let before: Place | undefined;
      for (const key of this.keysOf(value)) {
        const field = fieldOf(type, key);
        const moved = this.moveFrom(place, key, field, before, outer);
        // Keys after a key that went outward follow it.
        if (moved && !moved.isDeeper && moved.inner) this.followers.set(value, (before = moved.inner));
        if (moved) continue;
        before = this.inner(place, key, field);
        if (before) this.visit(before, [place, ...outer]);
      }
    }
  }

  private inner(place: Place, key: string, schema: z.core.$ZodType | undefined): Place | undefined {
    if (!schema || !isPlainMap(place.value)) return undefined;
    const { value } = place;
    return {
      get value() {
        return value[key];
      },
      schema,
      path: [...place.path, key],
      put: (map) => {
        value[key] = map;
      },
    };
  }

  /** Moves a key into the map before it or around it where it fits better. */
  private moveFrom(
    from: Place,
    key: string,
    field: z.core.$ZodType | undefined,
    before: Place | undefined,
    outer: readonly Place[],
  ): { readonly inner: Place | undefined; readonly isDeeper: boolean } | undefined {
    const map = from.value as PlainMap;
    const value = map[key];
    const here = field ? shapeScore(field, value) : 0;
    const offsets = this.sourceMap.get(map, key);
    if ((here === 1 && value !== null) || !offsets || !this.beginsLine(offsets.key)) return undefined;
    this.attempts += 1;
    if (this.attempts > maxAttempts) return undefined;
    const deeper = before && here < 1 ? this.endOf(before) : [];
    const [best] = [...deeper, ...outer]
      .flatMap((place) => this.candidate(place, key, value) ?? [])
      .filter(({ score }) => score >= 0.5 && (score > here || value === null))
      .toSorted((a, b) => b.score - a.score);
    const expected = best && this.expectedOf(best.place);
    if (!best || !expected) return undefined;
    const isDeeper = deeper.includes(best.place);
    const to = this.filled(best.place);
    const target = to.value as PlainMap;
    target[key] = value;
    delete map[key];
    this.sourceMap.set(target, key, offsets);
    const columns = this.columns.get(target) ?? new Map<string, number>();
    this.columns.set(target, columns.set(key, expected.column));
    if (this.sourceMap.at(offsets.key).column !== expected.column)
      this.moves.push({ key, from, to, offset: offsets.key, expected: expected.text, isDeeper });
    const inner = this.inner(to, key, best.field);
    const around = outer.includes(best.place)
      ? outer.slice(outer.indexOf(best.place) + 1)
      : [...deeper.slice(0, deeper.indexOf(best.place)).toReversed(), from, ...outer];
    if (inner) this.visit(inner, [to, ...around]);
    return { inner, isDeeper };
  }

  /** The maps that end where a value ends, the outermost first. */
  private endOf(place: Place): readonly Place[] {
    const { value, schema, path } = place;
    for (const type of alternatives(schema)) {
      if (Array.isArray(value) && type instanceof z.ZodArray && value.length > 0) {
        const last = { value: value.at(-1), schema: type.element, path: [...path, value.length - 1] };
        return isPlainMap(last.value) ? this.endOf(last) : [];
      }
      if (!hasOwnFields(type)) continue;
      if (value === null && place.put) return [place];
      if (!isPlainMap(value)) continue;
      const follower = this.followers.get(value);
      if (follower) return [place, ...this.endOf(follower)];
      const key = this.keysOf(value).at(-1);
      const inner = key === undefined ? undefined : this.inner(place, key, fieldOf(type, key));
      return [place, ...(inner ? this.endOf(inner) : [])];
    }
    return [];
  }

  private candidate(place: Place, key: string, value: unknown): Candidate | undefined {
    if (isPlainMap(place.value) && Object.hasOwn(place.value, key)) return undefined;
    for (const type of alternatives(place.schema)) {
      const field = hasOwnFields(type) ? fieldOf(type, key) : undefined;
      if (!field || (type instanceof z.ZodRecord && !this.isNameOf(place, key, value))) continue;
      const bonus = type instanceof z.ZodObject && isRequired(field) ? 0.5 : 0;
      return { place, field, score: shapeScore(field, value) + bonus };
    }
    return undefined;
  }

  /** Any name fits a map of names, so its value must be a map with fields. A route has environments of its document. */
  private isNameOf({ path }: Place, key: string, value: unknown): boolean {
    const hasFields = isPlainMap(value) && Object.keys(value).length > 0;
    if (path.length !== 3 || path[2] !== 'environments') return hasFields;
    const known = isPlainMap(this.root) ? this.root['environments'] : undefined;
    return isPlainMap(known) ? Object.hasOwn(known, key) : hasFields;
  }

  private filled(place: Place): Place {
    if (place.value !== null || !place.put) return place;
    place.put({});
    return place;
  }

  /** The column of a map's keys; `undefined` where they are in braces. */
  private expectedOf({ value, path }: Place): { readonly column: number; readonly text: string } | undefined {
    const moved = isPlainMap(value) ? this.columns.get(value) : undefined;
    const first = isPlainMap(value) ? this.keysOf(value).find((key) => moved?.has(key) !== true) : undefined;
    const offset = first === undefined ? undefined : this.sourceMap.get(value as PlainMap, first)?.key;
    if (offset !== undefined) {
      const { line, column } = this.sourceMap.at(offset);
      return this.beginsLine(offset) ? { column, text: `${column - 1} as in line ${line}` } : undefined;
    }
    const { line, column } = this.sourceMap.locate(this.root, path, 'key');
    const around = path.slice(0, -1).reduce<unknown>((inner, one) => (inner as PlainMap)[one], this.root);
    const own = this.columns.get(around as PlainMap)?.get(String(path.at(-1))) ?? column;
    return { column: own + step, text: `${own - 1 + step}, more than line ${line} has` };
  }

  /** Whether only spaces and dashes are before it. */
  private beginsLine(offset: number): boolean {
    const start = this.text.lastIndexOf('\n', offset - 1) + 1;
    return /^ *(?:- +)*$/.test(this.text.slice(start, offset));
  }

  private keysOf(map: PlainMap): readonly string[] {
    const offsetOf = (key: string): number => this.sourceMap.get(map, key)?.key ?? 0;
    return Object.keys(map).toSorted((a, b) => offsetOf(a) - offsetOf(b));
  }
}

/** A map of fields, or of names with maps; any key fits a map of texts, so that none is misplaced there. */
function hasOwnFields(type: z.core.$ZodType): type is z.ZodObject | z.ZodRecord {
  if (type instanceof z.ZodRecord) return alternatives(type.valueType).some((inner) => inner instanceof z.ZodObject);
  return type instanceof z.ZodObject;
}

function fieldOf(type: z.ZodObject | z.ZodRecord, key: string): z.core.$ZodType | undefined {
  if (type instanceof z.ZodRecord) return type.valueType;
  const shape: Readonly<Record<string, z.core.$ZodType>> = type.shape;
  return Object.hasOwn(shape, key) ? shape[key] : undefined;
}
