import { age } from '../age.ts';
import { h } from '../dom.ts';

/** A push that changed nothing, as `GET /api/missed-pushes` answers it. */
export interface MissedPush {
  readonly kind: string;
  readonly image: string;
  readonly tag: string;
  readonly route?: string;
  readonly environment?: string;
  readonly reason: string;
  readonly nearest?: string;
  readonly at: string;
}

const words: Readonly<Record<string, string>> = {
  'no-route': 'no route',
  'not-taken': 'not taken',
  ignored: 'not in the files',
};

export function missedSection(pushes: readonly MissedPush[]): HTMLElement {
  const items = pushes.map(({ kind, image, tag, route, environment, reason, nearest, at }) =>
    h(
      'li',
      {},
      h('code', {}, `${image}:${tag}`),
      h('span', {}, [route, environment].filter((name) => name !== undefined).join(' › ')),
      h('span', { class: 'state idle' }, words[kind] ?? kind),
      age(at),
      h('span', { class: 'why' }, reason, nearest !== undefined && ` Nearest: ${nearest}`),
    ),
  );
  return h(
    'section',
    {},
    h('h2', {}, `Pushes that changed nothing (${pushes.length})`),
    items.length === 0 ? h('p', { class: 'none' }, 'None in the last days.') : h('ul', { class: 'queue' }, ...items),
  );
}
