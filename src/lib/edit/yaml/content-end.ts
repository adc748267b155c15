import { isMap, isPair, isScalar, isSeq, Scalar } from 'yaml';
import type { YAMLMap, YAMLSeq } from 'yaml';
import { blockScalarEnd } from './block-scalar.ts';
import { endOfLine } from './splice.ts';

/** Where the last value of a collection ends; comments and blank lines after it do not count. */
export function collectionEnd(text: string, collection: YAMLMap | YAMLSeq): number {
  if (collection.flow === true) return collection.range?.[1] ?? 0;
  return contentEnd(text, collection.items.at(-1));
}

/** Where a node's own text ends. */
export function contentEnd(text: string, node: unknown): number {
  if (isPair(node)) return Math.max(contentEnd(text, node.key), node.value === null ? 0 : contentEnd(text, node.value));
  if (isMap(node) || isSeq(node)) return collectionEnd(text, node);
  if (isScalar(node)) {
    const block = node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED;
    return block ? blockScalarEnd(text, node) : (node.range?.[1] ?? 0);
  }
  const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
  return Array.isArray(range) && typeof range[1] === 'number' ? range[1] : 0;
}

/** Whether the last value of a node is a block scalar, to which a line break after it can belong. */
export function endsInBlockScalar(text: string, node: unknown): boolean {
  if (isPair(node)) return endsInBlockScalar(text, node.value);
  if (isMap(node) || isSeq(node)) return node.flow !== true && endsInBlockScalar(text, node.items.at(-1));
  if (!isScalar(node)) return false;
  const isBlock = node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED;
  return isBlock && !/^[|>][0-9]?-/.test(text.slice(node.range?.[0]));
}

/**
 * Skips the comment lines that belong to a block collection: those that are indented as far as its keys. A line
 * indented less belongs to its parent.
 *
 * @param at end of a line, before its line ending
 */
export function endOfOwnComments(text: string, at: number, indent: number): number {
  let end = at;
  let lineEnd = at;
  while (lineEnd < text.length) {
    const start = text.indexOf('\n', lineEnd) + 1;
    if (start === 0) break;
    lineEnd = endOfLine(text, start);
    const line = text.slice(start, lineEnd);
    const comment = line.search(/[^ \t]/);
    if (comment < 0) continue;
    if (line[comment] !== '#' || comment < indent) break;
    end = lineEnd;
  }
  return end;
}
