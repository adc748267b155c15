import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Alias, Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { EditableFile } from './editable-file.ts';
import { formatPath } from '../../model/value-path.ts';
import type { Path, PathSegment } from '../../model/value-path.ts';

/** Where a value stands: a map's, a list's or a document's. */
export interface Slot {
  readonly kind: 'slot';
  /** Index of the document in the file. */
  readonly document: number;
  /** By keys and indexes only: one slot has one such path. */
  readonly path: Path;
  /** `null` where there is nothing: an empty document, or a key without `:`. */
  readonly node: Node | null;
  readonly pair: Pair | null;
  /** The map or list around it. */
  readonly parent: YAMLMap | YAMLSeq | null;
  /** Inside a flow collection. */
  readonly flow: boolean;
  /** Column, from 0, of the keys or dashes of the block collection around it; -1 in a document's root. */
  readonly indent: number;
  /** Anchored nodes around the value, and the value itself where it has an anchor. */
  readonly anchored: readonly Node[];
}

/** Where a value would stand: `missing` is what is not there, from the container on. */
export interface Gap {
  readonly kind: 'gap';
  /** A map, a list, or something empty that becomes one. */
  readonly container: Slot;
  readonly missing: Path;
  /** The value that a merge key supplies now. */
  readonly inherited: Node | null;
}

export function rootSlot(file: EditableFile, document: number): Slot {
  const node = file.documents[document]?.contents ?? null;
  return {
    kind: 'slot',
    document,
    path: [],
    node,
    pair: null,
    parent: null,
    flow: false,
    indent: -1,
    anchored: anchors([], node),
  };
}

export function pairSlot(parent: Slot, map: YAMLMap, pair: Pair, key: string): Slot {
  const node = nodeOf(pair.value);
  return { ...childSlot(parent, map, node, { kind: 'key', key }), pair };
}

export function itemSlot(parent: Slot, seq: YAMLSeq, index: number): Slot {
  return { ...childSlot(parent, seq, nodeOf(seq.items[index]), { kind: 'index', index }), pair: null };
}

/** Path of a slot, or of what is missing in a gap, within its document. */
export function wholePath(place: Slot | Gap): Path {
  return place.kind === 'slot' ? place.path : [...place.container.path, ...place.missing];
}

/** The node with the current value: that of the slot, or the one that a merge key supplies. */
export function valueNode(place: Slot | Gap): Node | null {
  return place.kind === 'slot' ? place.node : place.inherited;
}

/** The map that holds the value, or would hold it; `null` where it does not exist yet, or is not a map. */
export function mapAround(place: Slot | Gap): YAMLMap | null {
  const around = place.kind === 'slot' ? place.parent : place.missing.length === 1 ? place.container.node : null;
  return isMap(around) ? around : null;
}

/** The key of a value in the map around it; empty for a list's item. */
export function lastKey(place: Slot | Gap): string {
  const last = wholePath(place).at(-1);
  return last?.kind === 'key' ? last.key : '';
}

/** A place's path for people. */
export function placeLabel(file: EditableFile, place: Slot | Gap): string {
  return label(file, place.kind === 'slot' ? place.document : place.container.document, wholePath(place));
}

/** Pairs of a map with this key; a key may be an alias of a scalar. */
export function ownPairs(file: EditableFile, map: YAMLMap, key: string): readonly Pair[] {
  return map.items.filter((pair) => keyText(file, pair) === key);
}

/** A pair's key as text; `undefined` for keys that are maps or lists. */
export function keyText({ links }: EditableFile, { key }: Pair): string | undefined {
  const node = isAlias(key) ? links.target.get(key) : key;
  return isScalar(node) ? String(node.value) : undefined;
}

/** The effective node: the target of an alias, the node itself otherwise. */
export function resolved({ links }: EditableFile, node: unknown): Node | null {
  return isAlias(node) ? (links.target.get(node) ?? null) : nodeOf(node);
}

/** A scalar's text; empty for nulls, `undefined` for other nodes. */
export function scalarText(node: unknown): string | undefined {
  if (isEmpty(node)) return '';
  return isScalar(node) ? String(node.value) : undefined;
}

/** Nothing, or a plain null: what may be filled in. */
export function isEmpty(node: unknown): boolean {
  if (node === null || node === undefined) return true;
  return (
    isScalar(node) &&
    node.type === 'PLAIN' &&
    node.tag === undefined &&
    /^(?:~|null|Null|NULL|)$/.test(node.source ?? '')
  );
}

/** A path for people; in a file of several documents it begins with the document's index. */
export function label(file: EditableFile, document: number, path: Path): string {
  return formatPath(file.documents.length > 1 ? [{ kind: 'index', index: document }, ...path] : path);
}

/** Column, from 0, of a block collection's keys or dashes, as the parser took it. */
export function blockIndent(node: YAMLMap | YAMLSeq): number | undefined {
  const token = node.srcToken;
  return token && 'indent' in token ? token.indent : undefined;
}

function childSlot(
  parent: Slot,
  around: YAMLMap | YAMLSeq,
  node: Node | null,
  segment: PathSegment,
): Omit<Slot, 'pair'> {
  const flow = parent.flow || around.flow === true;
  return {
    kind: 'slot',
    document: parent.document,
    path: [...parent.path, segment],
    node,
    parent: around,
    flow,
    indent: flow ? parent.indent : (blockIndent(around) ?? parent.indent),
    anchored: anchors(parent.anchored, node),
  };
}

function anchors(above: readonly Node[], node: Node | null): readonly Node[] {
  return node && !isAlias(node) && 'anchor' in node && node.anchor !== undefined ? [...above, node] : above;
}

function nodeOf(value: unknown): Node | null {
  return isNode(value) ? value : null;
}

function isNode(value: unknown): value is Alias | Scalar | YAMLMap | YAMLSeq {
  return isAlias(value) || isScalar(value) || isMap(value) || isSeq(value);
}
