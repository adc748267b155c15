import { isMap, isSeq } from 'yaml';

/**
 * The nodes that match, and every map and list around them. A walk that makes a slot for each node of a large file costs
 * more than its parse, so it goes only where something matches.
 */
export function nodesAround(root: unknown, matches: (node: unknown) => boolean): ReadonlySet<unknown> {
  const found = new Set<unknown>();
  visit(root);
  return found;

  function visit(node: unknown): boolean {
    let isAround = matches(node);
    if (isMap(node)) {
      for (const { value } of node.items) isAround = visit(value) || isAround;
    } else if (isSeq(node)) {
      for (const item of node.items) isAround = visit(item) || isAround;
    }
    if (isAround) found.add(node);
    return isAround;
  }
}
