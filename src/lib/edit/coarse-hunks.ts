interface Hunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  readonly lines: string[];
}

/** A run of lines that is replaced; numbers of lines from 0, the ends excluded. */
interface Block {
  readonly from: number;
  readonly to: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/**
 * The hunks of a diff in linear time. If both texts have the same number of lines, they are compared line by line; else one
 * block replaces all lines between the first and the last difference.
 */
export function coarseHunks(before: string, after: string, context: number): readonly Hunk[] {
  const [old, next] = [linesOf(before), linesOf(after)];
  return group(blocksOf(old, next), context).map((blocks) => hunkOf(blocks, old, next, context));
}

/** Lines with their line breaks. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function blocksOf(old: readonly string[], next: readonly string[]): readonly Block[] {
  if (old.length === next.length) {
    return old.flatMap((line, at) => (line === next[at] ? [] : [{ from: at, to: at + 1, newFrom: at, newTo: at + 1 }]));
  }
  const shortest = Math.min(old.length, next.length);
  let from = 0;
  while (from < shortest && old[from] === next[from]) from += 1;
  let same = 0;
  while (same < shortest - from && old[old.length - 1 - same] === next[next.length - 1 - same]) same += 1;
  return [{ from, to: old.length - same, newFrom: from, newTo: next.length - same }];
}

/** Blocks whose contexts touch share a hunk. */
function group(blocks: readonly Block[], context: number): readonly (readonly Block[])[] {
  const groups: Block[][] = [];
  for (const block of blocks) {
    const last = groups.at(-1);
    const end = last?.at(-1)?.to ?? -Infinity;
    if (last && block.from - end <= 2 * context) last.push(block);
    else groups.push([block]);
  }
  return groups;
}

function hunkOf(blocks: readonly Block[], old: readonly string[], next: readonly string[], context: number): Hunk {
  const [first, last] = [blocks[0], blocks.at(-1)];
  if (!first || !last) throw new RangeError('A hunk has a block.');
  const before = Math.min(context, first.from);
  const start = first.from - before;
  const end = Math.min(old.length, last.to + context);
  const lines: string[] = [];
  const add = (sign: string, part: readonly string[]): void => {
    for (const line of part) {
      if (line.endsWith('\n')) lines.push(`${sign}${line.slice(0, -1)}`);
      else lines.push(`${sign}${line}`, '\\ No newline at end of file');
    }
  };
  let at = start;
  for (const { from, to, newFrom, newTo } of blocks) {
    add(' ', old.slice(at, from));
    add('-', old.slice(from, to));
    add('+', next.slice(newFrom, newTo));
    at = to;
  }
  add(' ', old.slice(at, end));
  return {
    oldStart: start + 1,
    oldLines: end - start,
    newStart: first.newFrom - before + 1,
    newLines: last.newTo + (end - last.to) - (first.newFrom - before),
    lines,
  };
}
