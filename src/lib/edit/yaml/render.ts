import type { Missing } from './missing.ts';
import { mayBePlain, readsAsString } from './plain-scalar.ts';
import { doubleQuoted, newScalar } from './write-scalar.ts';

/** How new block collections are laid out, in columns. */
export interface BlockStyle {
  /** From a map's keys to those of the map below it. */
  readonly step: number;
  /** From a map's keys to the dashes of the list below it. */
  readonly listOffset: number;
  /** From a dash to what it holds. */
  readonly dashWidth: number;
}

/** How new flow collections are laid out. */
export interface FlowStyle {
  /** Keys and values are in double quotes. */
  readonly quoted: boolean;
  /** After a colon or a comma within a line: a blank, or nothing in minified JSON. */
  readonly blank: string;
  /** Inside the braces of a map on one line: a blank, or nothing where it is unset. */
  readonly mapPad?: string;
  /** Line break and indentation of the new item if each has its own line, else `undefined`. */
  readonly line?: { readonly lineEnding: string; readonly indent: string; readonly step: string };
  /** The content of the new items is nevertheless on their line. */
  readonly nestedOnOneLine?: boolean;
}

/** Lines of a block map or list, without the indentation of the first level. */
export function blockLines(tree: Missing, style: BlockStyle): string[] {
  if (tree.kind === 'scalar') return [newScalar(tree.value, { flow: false, json: false })];
  if (tree.kind === 'list') {
    return [...tree.members.values()].flatMap((member) =>
      blockLines(member, style).map((line, index) => `${(index === 0 ? '-' : '').padEnd(style.dashWidth)}${line}`),
    );
  }
  const lines: string[] = [];
  for (const [key, value] of tree.entries) {
    const name = keyText(key, false);
    const below = blockLines(value, style);
    if (value.kind === 'scalar') lines.push(`${name}: ${below.join('')}`);
    else {
      const indent = ' '.repeat(value.kind === 'list' ? style.listOffset : style.step);
      lines.push(`${name}:`, ...below.map((line) => `${indent}${line}`));
    }
  }
  return lines;
}

/** The items of a flow map or list, without its brackets. */
export function flowItems(tree: Missing, style: FlowStyle): string[] {
  if (tree.kind === 'scalar') return [newScalar(tree.value, { flow: true, json: style.quoted })];
  if (tree.kind === 'list') return [...tree.members.values()].map((member) => flowText(member, style));
  return [...tree.entries].map(
    ([key, value]) =>
      `${style.quoted ? doubleQuoted(key) : keyText(key, true)}:${style.blank}${flowText(value, style)}`,
  );
}

/** A whole flow map, list or scalar. */
export function flowText(tree: Missing, style: FlowStyle): string {
  if (tree.kind === 'scalar') return newScalar(tree.value, { flow: true, json: style.quoted });
  const [open, close] = tree.kind === 'map' ? ['{', '}'] : ['[', ']'];
  const line = style.nestedOnOneLine === true ? undefined : style.line;
  if (!line) {
    const pad = tree.kind === 'map' ? (style.mapPad ?? '') : '';
    return `${open}${pad}${flowItems(tree, style).join(`,${style.blank}`)}${pad}${close}`;
  }
  const inner = { ...style, line: { ...line, indent: line.indent + line.step } };
  const separator = `${line.lineEnding}${inner.line.indent}`;
  return `${open}${separator}${flowItems(tree, inner).join(`,${separator}`)}${line.lineEnding}${line.indent}${close}`;
}

function keyText(key: string, flow: boolean): string {
  const plain = mayBePlain(key, flow) && readsAsString(key) && !key.includes(':');
  return plain ? key : doubleQuoted(key);
}
