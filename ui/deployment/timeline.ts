import { h } from '../dom.ts';
import { stateBadge } from '../state-badge.ts';
import { formatSpan, formatTime } from '../time.ts';
import type { Details } from './details.ts';
import { stepsOf } from './steps.ts';

export function timeline(details: Details): HTMLElement {
  const steps = stepsOf(details).map(({ name, at, after, syncedBy }) =>
    h(
      'li',
      {},
      name === 'pushed'
        ? h('span', { class: 'state idle' }, h('span', { class: 'symbol', 'aria-hidden': 'true' }, '↑'), 'pushed')
        : stateBadge(name),
      h('time', { datetime: at }, formatTime(at)),
      after !== undefined && h('span', { class: 'span' }, spanText(after, syncedBy)),
    ),
  );
  return h('section', {}, h('h2', {}, 'Timeline'), h('ol', { class: 'timeline' }, ...steps));
}

function spanText(after: number, syncedBy: string | undefined): string {
  return `+ ${formatSpan(after)}${syncedBy === undefined ? '' : ` · sync by ${syncedBy}`}`;
}
