import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Node, Pair, YAMLMap, YAMLSeq } from 'yaml';
import { failureAt } from './editable-file.ts';
import type { EditableFile } from './editable-file.ts';
import { PathNotFound } from './path-not-found.ts';
import { formatPath } from '../../model/value-path.ts';
import type { Path, PathSegment } from '../../model/value-path.ts';
import { isEmpty, itemSlot, keyText, label, ownPairs, pairSlot, resolved, scalarText } from './place.ts';
import type { Gap, Slot } from './place.ts';
import { isMergeKey, startOf } from './structure.ts';

/**
 * Follows a path from a slot to the value's slot, or to the gap where it would stand.
 *
 * @throws Failure `path-through-scalar`, `path-ambiguous`, `aliased-value`, or `path-not-found` where a map is asked for
 * a member, or a list for a key
 */
export function locate(file: EditableFile, from: Slot, path: Path): Slot | Gap {
  let slot = from;
  for (const [index, segment] of path.entries()) {
    if (isAlias(slot.node)) throw aliasedValue(file, slot);
    const missing = path.slice(index);
    if (isEmpty(slot.node)) return { kind: 'gap', container: slot, missing, inherited: null };
    const next = step(file, slot, segment, path);
    if (next === undefined) return gap(file, slot, missing);
    slot = next;
  }
  if (isAlias(slot.node)) throw aliasedValue(file, slot);
  return slot;
}

function step(file: EditableFile, slot: Slot, segment: PathSegment, path: Path): Slot | undefined {
  const { node } = slot;
  if (isMap(node)) {
    if (segment.kind !== 'key') throw wrongKind(file, slot, segment, `a map with the keys ${keyList(file, node)}`);
    const pairs = ownPairs(file, node, segment.key);
    if (pairs.length > 1) throw ambiguous(file, slot, segment, pairs);
    const [pair] = pairs;
    return pair && pairSlot(slot, node, pair, segment.key);
  }
  if (isSeq(node)) {
    if (segment.kind === 'key') {
      throw wrongKind(file, slot, segment, `a list of ${node.items.length}; name a member as [0] or [name=…]`);
    }
    const indexes = memberIndexes(file, node, segment);
    if (indexes.length > 1)
      throw ambiguous(
        file,
        slot,
        segment,
        indexes.map((index) => node.items[index]),
      );
    const [index] = indexes;
    return index === undefined ? undefined : itemSlot(slot, node, index);
  }
  const where = place(file, slot);
  const wanted = formatPath(path);
  throw failureAt(
    file,
    'path-through-scalar',
    `${file.file}: ${wanted} goes through ${where}, which is a single value and has nothing below it.`,
    startOf(node),
  );
}

function memberIndexes(file: EditableFile, seq: YAMLSeq, segment: Exclude<PathSegment, { kind: 'key' }>): number[] {
  if (segment.kind === 'index') return segment.index < seq.items.length ? [segment.index] : [];
  return seq.items.flatMap((item, index) => {
    const member = resolved(file, item);
    return isMap(member) && scalarText(lookup(file, member, segment.field)) === segment.value ? [index] : [];
  });
}

/** The value that readers see at a map's key: its own, or one that a merge key supplies. */
export function lookup(file: EditableFile, map: YAMLMap, key: string): Node | null {
  const [own] = ownPairs(file, map, key);
  return own ? resolved(file, own.value) : merged(file, map, key);
}

/** The value that `<<` supplies for a key; the first source that has it wins (YAML merge type). */
function merged(file: EditableFile, map: YAMLMap, key: string, depth = 0): Node | null {
  for (const pair of map.items) {
    if (!isMergeKey(pair.key)) continue;
    const source = resolved(file, pair.value);
    for (const item of isSeq(source) ? source.items : [source]) {
      const base = resolved(file, item);
      // Aliases cannot form a circle, so the depth is only a guard against very long chains.
      if (!isMap(base) || depth > 100) continue;
      const [own] = ownPairs(file, base, key);
      const value = own ? resolved(file, own.value) : merged(file, base, key, depth + 1);
      if (value) return value;
    }
  }
  return null;
}

function gap(file: EditableFile, slot: Slot, missing: Path): Gap {
  const [first] = missing;
  const inherited = isMap(slot.node) && first?.kind === 'key' ? merged(file, slot.node, first.key) : null;
  if (inherited && (missing.length > 1 || !isScalar(inherited))) {
    const path = label(file, slot.document, [...slot.path, ...missing.slice(0, 1)]);
    const anchor = file.position(startOf(inherited) ?? 0).line;
    throw failureAt(
      file,
      'aliased-value',
      `${file.file}: ${path} comes out of a merge key (<<) from line ${anchor}; changing it there would change the other places too. Write it out in the map itself first.`,
      startOf(slot.node),
    );
  }
  return { kind: 'gap', container: slot, missing, inherited };
}

/** @returns the failure for a value that is an alias: changing its anchor would change other places */
export function aliasedValue(file: EditableFile, slot: Slot): Error {
  const target = resolved(file, slot.node);
  const name = isAlias(slot.node) ? slot.node.source : '';
  const { line } = file.position(startOf(target) ?? 0);
  const others = (target && file.links.aliases.get(target)) ?? [];
  const lines = others.map((alias) => file.position(startOf(alias) ?? 0).line).join(', ');
  return failureAt(
    file,
    'aliased-value',
    `${file.file}: ${place(file, slot)} is the alias *${name} of the anchor at line ${line}; changing it would change every place that uses it (aliases at line ${lines}). Write the value out here, or name the anchor's own path.`,
    startOf(slot.node),
  );
}

function ambiguous(file: EditableFile, slot: Slot, segment: PathSegment, matches: readonly unknown[]): Error {
  const lines = matches.map((match) => file.position(startOf(match) ?? 0).line).join(' and ');
  const path = label(file, slot.document, [...slot.path, segment]);
  return failureAt(
    file,
    'path-ambiguous',
    `${file.file}: ${path} is found ${matches.length} times, at line ${lines}; one is meant. Use an index, as in [0], or correct the file.`,
    startOf(matches[0]),
  );
}

function wrongKind(file: EditableFile, slot: Slot, segment: PathSegment, found: string): Error {
  const wanted = formatPath([segment]);
  return failureAt(
    file,
    'path-not-found',
    `${file.file}: there is no ${wanted} in ${place(file, slot)}, which is ${found}.`,
    startOf(slot.node),
  );
}

/** The slot at a path, or `undefined` where nothing is there. */
export function find(file: EditableFile, from: Slot, path: Path): Slot | undefined {
  const found = locate(file, from, path);
  return found.kind === 'slot' && !isEmpty(found.node) ? found : undefined;
}

/** The failure for a gap that must not be filled: names the nearest place that exists, and what is there. */
export function pathNotFound(file: EditableFile, { container, missing }: Gap, advice: string): PathNotFound {
  const wanted = label(file, container.document, [...container.path, ...missing]);
  const found = isMap(container.node)
    ? `has the keys ${keyList(file, container.node)}`
    : isSeq(container.node)
      ? `is a list of ${container.node.items.length}${memberList(file, container.node, missing[0])}`
      : 'is empty';
  const offset = startOf(container.pair) ?? startOf(container.node) ?? 0;
  return new PathNotFound(
    `${file.file} has no ${wanted}: the nearest is ${place(file, container)}, which ${found}.${dottedKey(file, container, missing)} ${advice}`,
    { file: file.file, ...file.position(offset) },
    missing,
  );
}

function place(file: EditableFile, slot: Slot): string {
  const where = slot.path.length === 0 ? 'the top level' : label(file, slot.document, slot.path);
  const { line } = file.position(startOf(slot.pair) ?? startOf(slot.node) ?? 0);
  return `${where} (line ${line})`;
}

function keyList(file: EditableFile, map: YAMLMap): string {
  const keys = map.items.flatMap((pair: Pair) => keyText(file, pair) ?? []);
  return keys.length === 0 ? '(none)' : listed(keys);
}

function memberList(file: EditableFile, seq: YAMLSeq, segment: PathSegment | undefined): string {
  if (segment?.kind !== 'member') return '';
  const values = seq.items.flatMap((item) => {
    const member = resolved(file, item);
    return isMap(member) ? (scalarText(lookup(file, member, segment.field)) ?? []) : [];
  });
  return values.length === 0 ? `, none with ${segment.field}` : `, with ${segment.field} ${listed(values)}`;
}

function dottedKey(file: EditableFile, { node }: Slot, missing: Path): string {
  if (!isMap(node) || missing.length < 2) return '';
  const joined = missing.map((segment) => (segment.kind === 'key' ? segment.key : '[')).join('.');
  return ownPairs(file, node, joined).length > 0
    ? ` There is a key with dots: write it as ${JSON.stringify(joined)}.`
    : '';
}

/** Words of a file, for a message: a dozen at most, short, and without control characters. */
function listed(words: readonly string[]): string {
  const shown = words
    .slice(0, 12)
    .map((word) => (/^[^\p{Cc}]{1,60}$/u.test(word) ? word : JSON.stringify(word.slice(0, 60))));
  return [...shown, ...(words.length > shown.length ? ['…'] : [])].join(', ');
}
