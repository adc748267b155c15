import { matchSegment, type PatternSegment } from './image-pattern.ts';
import type { PlaceholderValues } from '../read/placeholders.ts';

interface Node<T> {
  readonly literal: Map<string, Node<T>>;
  readonly patterns: { readonly segment: PatternSegment; readonly node: Node<T> }[];
  readonly values: { readonly value: T; readonly fixed: PlaceholderValues }[];
}

export interface Hit<T> {
  readonly value: T;
  readonly words: PlaceholderValues;
}

/** Patterns of `/`-separated segments, indexed by segment: a lookup follows literals and tries captures. */
export class SegmentIndex<T> {
  private readonly root: Node<T> = node();

  add(segments: readonly PatternSegment[], fixed: PlaceholderValues, value: T): void {
    let at = this.root;
    for (const segment of segments) at = child(at, segment);
    at.values.push({ value, fixed });
  }

  /** All patterns that match the text, with the values of their captures. */
  find(text: string): readonly Hit<T>[] {
    const hits: Hit<T>[] = [];
    collect(this.root, text.split('/'), 0, [], hits);
    return hits;
  }
}

function node<T>(): Node<T> {
  return { literal: new Map(), patterns: [], values: [] };
}

function child<T>(at: Node<T>, segment: PatternSegment): Node<T> {
  if (segment.captures.length === 0) {
    const text = segment.literals[0] ?? '';
    const found = at.literal.get(text) ?? node<T>();
    at.literal.set(text, found);
    return found;
  }
  const known = at.patterns.find((pattern) => sameSegment(pattern.segment, segment));
  if (known) return known.node;
  const made = node<T>();
  at.patterns.push({ segment, node: made });
  return made;
}

function sameSegment(a: PatternSegment, b: PatternSegment): boolean {
  return a.literals.join('{') === b.literals.join('{') && a.captures.join('{') === b.captures.join('{');
}

function collect<T>(
  at: Node<T>,
  texts: readonly string[],
  depth: number,
  words: readonly (readonly [string, string])[],
  hits: Hit<T>[],
): void {
  const text = texts[depth];
  if (text === undefined) {
    for (const { value, fixed } of at.values) hits.push({ value, words: new Map([...fixed, ...words]) });
    return;
  }
  const literal = at.literal.get(text);
  if (literal) collect(literal, texts, depth + 1, words, hits);
  for (const { segment, node: next } of at.patterns) {
    const captured = matchSegment(segment, text);
    if (captured) collect(next, texts, depth + 1, [...words, ...captured], hits);
  }
}
