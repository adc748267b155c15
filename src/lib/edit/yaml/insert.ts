import { isMap, isScalar, isSeq } from 'yaml';
import type { Node, YAMLMap, YAMLSeq } from 'yaml';
import { blockStyle } from './block-style.ts';
import { collectionEnd, endOfOwnComments, endsInBlockScalar } from './content-end.ts';
import type { EditableFile } from './editable-file.ts';
import { fillWith } from './fill-empty.ts';
import { flowItemLines, flowSplices } from './insert-flow.ts';
import type { Missing } from './missing.ts';
import { blockIndent, isEmpty } from './place.ts';
import type { Slot } from './place.ts';
import { blockLines, flowText } from './render.ts';
import { endOfLine, lineEndingAt } from './splice.ts';
import type { Splice } from './splice.ts';
import { startOf } from './structure.ts';

/** Inserts a tree at the end of its container: a map, a list, or something empty that becomes one. */
export function insertSplices(file: EditableFile, container: Slot, tree: Missing): readonly Splice[] {
  const { node } = container;
  if (isMap(node) || isSeq(node)) {
    return node.flow === true ? flowSplices(file, node, tree) : [intoBlock(file, container.indent, node, tree)];
  }
  return [isEmptyInBlock(container) ? belowEmpty(file, container, tree) : inPlaceOfEmpty(file, container, tree)];
}

function intoBlock(file: EditableFile, outerIndent: number, node: YAMLMap | YAMLSeq, tree: Missing): Splice {
  const indent = blockIndent(node) ?? 0;
  // Below dashes in the column of the keys around them, a comment in that column is the next key's.
  const commentIndent = isSeq(node) && indent === outerIndent ? indent + 1 : indent;
  const at = endOfOwnComments(file.text, endOfLine(file.text, collectionEnd(file.text, node)), commentIndent);
  const rendered = flowItemLines(file, node, tree) ?? blockLines(tree, blockStyle(file, node));
  if (at === file.text.length && endsInBlockScalar(file.text, node)) return beforeLast(file, node, indent, rendered);
  return lines(file, at, indent, rendered);
}

// A block scalar that ends with the file gets a line break, and so another value, if a line follows it.
function beforeLast(
  { text }: EditableFile,
  node: YAMLMap | YAMLSeq,
  indent: number,
  rendered: readonly string[],
): Splice {
  const start = startOf(node.items.at(-1)) ?? 0;
  const at = isSeq(node) ? text.lastIndexOf('-', start) : start;
  const inserted = rendered.map((line) => `${line}${lineEndingAt(text, at)}${' '.repeat(indent)}`).join('');
  return { start: at, end: at, text: inserted, rank: indent };
}

// `image:` with nothing after it: the map goes below, after a comment on the same line.
function belowEmpty(file: EditableFile, container: Slot, tree: Missing): Splice {
  const { text } = file;
  const style = blockStyle(file, container.node);
  const start = emptyAt(container.node) ?? text.length;
  const at = endOfLine(text, start);
  const indent = container.indent < 0 ? 0 : container.indent + (tree.kind === 'list' ? style.listOffset : style.step);
  const rendered = blockLines(tree, style);
  const lineEnding = lineEndingAt(text, start);
  // A document without a start of its own, before the marker of its end.
  if (indent === 0 && text.startsWith('...', start)) {
    return { start, end: start, text: rendered.map((line) => `${line}${lineEnding}`).join(''), rank: 0 };
  }
  if (container.node !== null) return lines(file, at, indent, rendered);
  // A file without a document: blank, or comments only.
  const before = /(?:^\uFEFF?|\n)$/.test(text) ? '' : lineEnding;
  return { start: text.length, end: text.length, text: `${before}${rendered.join(lineEnding)}${lineEnding}`, rank: 0 };
}

// `image: ~`, `image: null`, or anything empty in a flow collection.
function inPlaceOfEmpty(file: EditableFile, container: Slot, tree: Missing): Splice {
  const text = flowText(tree, { quoted: file.json, blank: ' ' });
  const [start, end] = (isScalar(container.node) ? container.node.range : undefined) ?? [0, 0];
  return end > start ? { start, end, text, rank: Infinity } : fillWith(file, container, text);
}

function isEmptyInBlock({ node, pair, flow }: Slot): boolean {
  if (flow || !isEmpty(node)) return false;
  return node === null ? pair === null : emptyAt(node) !== undefined;
}

function emptyAt(node: Node | null): number | undefined {
  const [start, end] = node?.range ?? [];
  return start === end ? start : undefined;
}

function lines({ text }: EditableFile, at: number, indent: number, rendered: readonly string[]): Splice {
  const lineEnding = lineEndingAt(text, at);
  const inserted = rendered.map((line) => `${lineEnding}${' '.repeat(indent)}${line}`).join('');
  return { start: at, end: at, text: inserted, rank: indent };
}
