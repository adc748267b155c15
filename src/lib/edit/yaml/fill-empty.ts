import { contentEnd } from './content-end.ts';
import type { EditableFile } from './editable-file.ts';
import type { Slot } from './place.ts';
import { endOfLine, lineEndingAt } from './splice.ts';
import type { Splice } from './splice.ts';
import { newScalar } from './write-scalar.ts';

/** Writes a value where a key, a dash or a document has none. */
export function fillEmpty(file: EditableFile, slot: Slot, value: string): Splice {
  return fillWith(file, slot, newScalar(value, { flow: slot.flow, json: file.json }));
}

/** Puts a finished one-line text where there is nothing, with the blanks and the `:` that it needs. */
export function fillWith({ text }: EditableFile, { node, pair, flow, indent }: Slot, value: string): Splice {
  const at = node?.range?.[0];
  if (at !== undefined) {
    const before = at === 0 || /[\s\uFEFF]/.test(text[at - 1] ?? '') ? '' : ' ';
    const after = /^(?:[\s,\]}]|$)/.test(text.slice(at, at + 1)) ? '' : ' ';
    return insertion(at, `${before}${value}${after}`);
  }
  if (pair === null) return insertion(text.length, value);
  const keyEnd = contentEnd(text, pair.key);
  if (flow) return insertion(keyEnd, `: ${value}`);
  // `? key` on a line of its own.
  return insertion(
    endOfLine(text, keyEnd),
    `${lineEndingAt(text, keyEnd)}${' '.repeat(Math.max(0, indent))}: ${value}`,
  );
}

function insertion(at: number, text: string): Splice {
  return { start: at, end: at, text, rank: Infinity };
}
