import { isMap, isSeq } from 'yaml';
import type { EditableFile } from './editable-file.ts';
import { blockIndent } from './place.ts';
import type { BlockStyle } from './render.ts';

/** How the file lays out its block collections, looked for near the node first. Two columns where it shows nothing. */
export function blockStyle(file: EditableFile, near: unknown): BlockStyle {
  const nodes = [near, ...file.documents.map(({ contents }) => contents)];
  const listOffset = firstOf(nodes, listIndent);
  return {
    // Where no map is nested, an indented list shows the step.
    step: firstOf(nodes, mapStep) ?? (listOffset || 2),
    listOffset: listOffset ?? 0,
    dashWidth: firstOf(nodes, dashWidth) ?? 2,
  };
}

function mapStep(node: unknown, parent: unknown): number | undefined {
  if (!isMap(node) || !isMap(parent)) return undefined;
  return difference(blockIndent(node), blockIndent(parent), 1);
}

function listIndent(node: unknown, parent: unknown): number | undefined {
  return isSeq(node) && isMap(parent) ? difference(blockIndent(node), blockIndent(parent), 0) : undefined;
}

function dashWidth(node: unknown, parent: unknown): number | undefined {
  return isMap(node) && isSeq(parent) ? difference(blockIndent(node), blockIndent(parent), 2) : undefined;
}

function difference(inner: number | undefined, outer: number | undefined, least: number): number | undefined {
  return inner === undefined || outer === undefined || inner - outer < least ? undefined : inner - outer;
}

type Measure = (node: unknown, parent: unknown) => number | undefined;

function firstOf(nodes: readonly unknown[], measure: Measure): number | undefined {
  for (const node of nodes) {
    const found = search(node, measure);
    if (found !== undefined) return found;
  }
  return undefined;
}

// Flow collections have no columns of their own to learn from.
function search(node: unknown, measure: Measure): number | undefined {
  if (!(isMap(node) || isSeq(node)) || node.flow === true) return undefined;
  const children = isMap(node) ? node.items.map(({ value }) => value) : node.items;
  for (const child of children) {
    const flow = (isMap(child) || isSeq(child)) && child.flow === true;
    const found = (flow ? undefined : measure(child, node)) ?? search(child, measure);
    if (found !== undefined) return found;
  }
  return undefined;
}
