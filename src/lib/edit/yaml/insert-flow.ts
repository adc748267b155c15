import { isMap, isPair, isScalar, isSeq, Scalar } from 'yaml';
import type { YAMLMap, YAMLSeq } from 'yaml';
import { contentEnd } from './content-end.ts';
import type { EditableFile } from './editable-file.ts';
import type { Missing } from './missing.ts';
import { flowItems, flowText } from './render.ts';
import type { FlowStyle } from './render.ts';
import { endOfLine } from './splice.ts';
import type { Splice } from './splice.ts';
import { startOf } from './structure.ts';

/** Inserts items at the end of a flow map or list, laid out as the last item is. */
export function flowSplices(file: EditableFile, node: YAMLMap | YAMLSeq, tree: Missing): readonly Splice[] {
  const { text } = file;
  const [start, end] = node.range ?? [0, 0];
  const last = node.items.at(-1);
  if (last === undefined) {
    const [, blank = ''] = /^[[{]( ?)/.exec(text.slice(start, end)) ?? [];
    const items = flowItems(tree, { quoted: file.json, blank: ' ' }).join(', ');
    return [insertion(start + 1 + blank.length, `${items}${blank}`)];
  }
  const lastEnd = contentEnd(text, last);
  const style = styleOf(file, node, last);
  const tail = text.slice(lastEnd, end - 1);
  const trailingComma = trailingCommaAt(tail);
  const { line } = style;
  const separator = line ? `${line.lineEnding}${line.indent}` : style.blank;
  const items = flowItems(tree, style).join(`,${separator}`);
  if (trailingComma !== undefined) {
    const at = line ? endOfLine(text, lastEnd + trailingComma + 1) : lastEnd + trailingComma + 1;
    return [insertion(Math.min(at, end - 1), `${separator}${items},`)];
  }
  // A comment on the last item's line stays with it: the comma goes before, the new item after it.
  const at = line && /^[ \t]+#/.test(tail) ? endOfLine(text, lastEnd) : lastEnd;
  return [insertion(lastEnd, ',', 1), insertion(at, `${separator}${items}`)];
}

/** Items of a block list whose last item is a flow map, each `- { … }` as that one; `undefined` for other lists. */
export function flowItemLines(
  file: EditableFile,
  node: YAMLMap | YAMLSeq,
  tree: Missing,
): readonly string[] | undefined {
  const last = node.items.at(-1);
  if (!isSeq(node) || tree.kind !== 'list' || !isMap(last) || last.flow !== true) return undefined;
  const start = last.range?.[0] ?? 0;
  // Where an anchor or a tag stands between, one blank follows the dash.
  const dash = /-[ \t]+$/.exec(file.text.slice(file.text.lastIndexOf('\n', start) + 1, start))?.[0] ?? '- ';
  const pair = last.items.at(-1);
  const style = pair ? styleOf(file, last, pair) : { quoted: file.json, blank: ' ' };
  const oneLine = { quoted: style.quoted, blank: style.blank, mapPad: mapPad(file.text, last) };
  return [...tree.members.values()].map((member) => `${dash}${flowText(member, oneLine)}`);
}

function styleOf({ text, json }: EditableFile, node: YAMLMap | YAMLSeq, last: unknown): FlowStyle {
  const items = node.items.length;
  const previous = items > 1 ? contentEnd(text, node.items[items - 2]) : (node.range?.[0] ?? 0) + 1;
  const lastStart = startOf(last) ?? previous;
  const between = text.slice(previous, lastStart);
  const key = isPair(last) ? last.key : undefined;
  const quoted = json || (isScalar(key) && key.type === Scalar.QUOTE_DOUBLE);
  const colon = isPair(last)
    ? /:([ \t]?)/.exec(text.slice(contentEnd(text, last.key), contentEnd(text, last)))?.[1]
    : undefined;
  const minified = colon === '' || (items > 1 && between.endsWith(','));
  const blank = minified && quoted ? '' : ' ';
  const style = { quoted, blank, mapPad: mapPad(text, isPair(last) ? last.value : last) };
  const newline = /(\r?\n)([ \t]*)$/.exec(between);
  if (!newline) return style;
  const [, lineEnding = '\n', indent = ''] = newline;
  const outer = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', node.range?.[0] ?? 0) + 1))?.[0] ?? '';
  const step = indent.startsWith(outer) ? indent.slice(outer.length) : '';
  const line = { lineEnding, indent, step: step === '' ? '  ' : step };
  return { ...style, line, nestedOnOneLine: isOneLine(text, isPair(last) ? last.value : last) };
}

/** The blank inside the braces of a flow map on one line. */
function mapPad(text: string, node: unknown): string {
  return isMap(node) && node.flow === true && text.startsWith('{ ', node.range?.[0]) ? ' ' : '';
}

function isOneLine(text: string, item: unknown): boolean {
  if (!(isMap(item) || isSeq(item)) || item.items.length === 0) return false;
  return !text.slice(item.range?.[0], item.range?.[1]).includes('\n');
}

// Between the last item and the bracket stand only blanks, comments and perhaps a comma.
function trailingCommaAt(tail: string): number | undefined {
  const match = /^(?:\s|(?<=\s)#[^\r\n]*)*,/.exec(tail);
  return match ? match[0].length - 1 : undefined;
}

function insertion(at: number, text: string, rank = 0): Splice {
  return { start: at, end: at, text, rank };
}
