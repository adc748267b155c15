import * as fc from 'fast-check';
import { placeholder } from '../../../src/lib/edit/kinds/placeholder.ts';

/** A value as a tree, with how each part of it is written. */
export type Tree =
  | {
      readonly kind: 'scalar';
      readonly value: string;
      readonly style: (typeof styles)[number];
    }
  | {
      readonly kind: 'map';
      readonly entries: readonly (readonly [string, Tree])[];
      readonly flow: boolean;
      readonly comment: boolean;
    }
  | { readonly kind: 'list'; readonly items: readonly Tree[]; readonly flow: boolean; readonly comment: boolean };

/** How a document is laid out. */
export interface Layout {
  readonly lineEnding: '\n' | '\r\n';
  readonly step: 2 | 3 | 4;
  readonly listOffset: 0 | 2;
  readonly dashWidth: 2 | 4;
  readonly byteOrderMark: boolean;
  readonly finalNewline: boolean;
  readonly marker: boolean;
  readonly blankLines: boolean;
}

const keys = fc.constantFrom('image', 'tag', 'name', 'api', 'a.b', 'Repo', 'x-y', '1', 'true', 'a b', 'ü', 'a:b', '#c');
// A text of another program's placeholder (`__TAG__`) is refused, so it is no value to set.
const wordText = fc.stringMatching(/^v[a-z0-9.:@/_-]{0,12}[a-z0-9]$/).filter((text) => !placeholder.test(text));

const styles = ['plain', 'double', 'single', 'literal', 'folded', 'wrapped', 'wrapped-plain'] as const;

export const scalarTree = fc.record({
  kind: fc.constant('scalar' as const),
  value: wordText,
  style: fc.constantFrom(...styles),
});

/** A map of maps, lists and scalars; its root is a block map. */
export const tree: fc.Arbitrary<Tree> = fc.letrec<{ node: Tree; map: Tree; list: Tree; root: Tree }>((tie) => ({
  root: mapOf(tie('node'), fc.constant(false)),
  node: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalarTree, tie('map'), tie('list')),
  map: mapOf(tie('node'), fc.boolean()),
  list: fc.record({
    kind: fc.constant('list' as const),
    items: fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
    flow: fc.boolean(),
    comment: fc.boolean(),
  }),
})).root;

function mapOf(value: fc.Arbitrary<Tree>, flow: fc.Arbitrary<boolean>): fc.Arbitrary<Tree> {
  return fc.record({
    kind: fc.constant('map' as const),
    entries: fc.uniqueArray(
      fc.tuple(keys, fc.oneof({ weight: 2, arbitrary: value }, { weight: 1, arbitrary: scalarTree })),
      {
        minLength: 1,
        maxLength: 4,
        selector: ([key]) => key,
      },
    ),
    flow,
    comment: fc.boolean(),
  });
}

export const layout: fc.Arbitrary<Layout> = fc.record({
  lineEnding: fc.constantFrom('\n' as const, '\r\n' as const),
  step: fc.constantFrom(2 as const, 3 as const, 4 as const),
  listOffset: fc.constantFrom(0 as const, 2 as const),
  dashWidth: fc.constantFrom(2 as const, 4 as const),
  byteOrderMark: fc.boolean(),
  finalNewline: fc.boolean(),
  marker: fc.boolean(),
  blankLines: fc.boolean(),
});

/** Writes a tree as a YAML document. */
export function write(root: Tree, how: Layout): string {
  const lines = [...(how.marker ? ['# header', '---'] : []), ...block(root, how)];
  const text = lines.join(how.lineEnding);
  return `${how.byteOrderMark ? '\uFEFF' : ''}${text}${how.finalNewline ? how.lineEnding : ''}`;
}

/** The data that a reader sees. */
export function data(root: Tree): unknown {
  if (root.kind === 'scalar') return root.style.startsWith('wrapped') ? `${root.value} more` : root.value;
  if (root.kind === 'list') return root.items.map(data);
  return Object.fromEntries(root.entries.map(([key, value]) => [key, data(value)]));
}

function block(node: Tree, how: Layout): string[] {
  if (node.kind === 'scalar') return [inline(node)];
  const lines: string[] = [];
  if (node.kind === 'list') {
    for (const item of node.items) {
      const nested = below(item, how);
      if (nested && item.kind === 'map') {
        lines.push(...nested.map((line, index) => `${(index === 0 ? '-' : '').padEnd(how.dashWidth)}${line}`));
      } else lines.push(...entry('-', item, how));
    }
  } else {
    for (const [key, value] of node.entries) {
      if (how.blankLines) lines.push('');
      lines.push(...entry(`${keyText(key)}:`, value, how));
    }
  }
  if (node.comment) lines.push('# it: ends here');
  // The first line of a list item has to be its first key.
  return lines[0] === '' ? lines.slice(1) : lines;
}

function entry(lead: string, value: Tree, how: Layout): string[] {
  const nested = below(value, how);
  if (nested) {
    const indent = ' '.repeat(value.kind === 'list' && lead !== '-' ? how.listOffset : how.step);
    return [`${lead}  # note`, ...nested.map((line) => (line === '' ? '' : `${indent}${line}`))];
  }
  if (value.kind !== 'scalar') return [`${lead} ${inline(value)}   # note`];
  if (value.style === 'literal') return [`${lead} |- # note`, `${' '.repeat(how.step)}${value.value}`, ''];
  if (value.style === 'folded') return [`${lead} >-`, `${' '.repeat(how.step)}${value.value}`];
  if (value.style.startsWith('wrapped')) {
    const [quote, indent] = [value.style === 'wrapped' ? '"' : '', ' '.repeat(how.step)];
    return [`${lead} ${quote}${value.value}`, `${indent}more${quote} # note`];
  }
  return [`${lead}   ${inline(value)} # tag: v1`];
}

function below(value: Tree, how: Layout): string[] | undefined {
  return value.kind === 'scalar' || value.flow ? undefined : block(value, how);
}

function inline(node: Tree): string {
  if (node.kind === 'scalar') {
    if (node.style === 'plain') return node.value;
    return node.style === 'single' ? `'${node.value}'` : JSON.stringify(data(node));
  }
  if (node.kind === 'list') return `[ ${node.items.map(inline).join(',  ')} ]`;
  return `{${node.entries.map(([key, value]) => `${keyText(key)}: ${inline(value)}`).join(', ')}}`;
}

/** Every path to a value of a kind. */
export function pathsTo(
  root: Tree,
  kind: Tree['kind'],
  path: readonly (string | number)[] = [],
): (readonly (string | number)[])[] {
  const own = root.kind === kind ? [path] : [];
  if (root.kind === 'scalar') return own;
  const children: (readonly [string | number, Tree])[] =
    root.kind === 'list' ? [...root.items.entries()] : [...root.entries];
  return [...own, ...children.flatMap(([step, child]) => pathsTo(child, kind, [...path, step]))];
}

function keyText(key: string): string {
  return /^(?:image|tag|api|x-y)$/.test(key) ? key : JSON.stringify(key);
}
