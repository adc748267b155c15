import { styleText } from 'node:util';
import type { CommandIo } from './command.ts';

type Style = Parameters<typeof styleText>[0];

/** Colours text where the output is a terminal that wants it. */
export function makeStyle({ color }: Pick<CommandIo, 'color'>): (style: Style, text: string) => string {
  return (style, text) => (color ? styleText(style, text, { validateStream: false }) : text);
}
