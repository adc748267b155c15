import { h } from './dom.ts';
import { lookOf } from './states.ts';

export function stateBadge(state: string, word = lookOf(state).word): HTMLElement {
  const { symbol, tone } = lookOf(state);
  return h('span', { class: `state ${tone}` }, h('span', { class: 'symbol', 'aria-hidden': 'true' }, symbol), word);
}
