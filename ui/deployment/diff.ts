import { h } from '../dom.ts';
import type { Details } from './details.ts';

/** The change of the files, if it is known. */
export function diffSection({ diff, changes }: Details): HTMLElement | undefined {
  const text = diff ?? changes;
  if (text === undefined) return undefined;
  const lines = text.split('\n').map((line) => h('span', { class: classOf(line) }, `${line}\n`));
  return h(
    'section',
    {},
    h('h2', {}, 'Change'),
    h('pre', { class: 'diff', tabindex: 0, role: 'region', 'aria-label': 'Change of the files' }, ...lines),
  );
}

function classOf(line: string): string {
  if (/^(?:---|\+\+\+|@@)/.test(line)) return 'place';
  return line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : 'same';
}
