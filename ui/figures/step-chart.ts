import { h, svg } from '../dom.ts';
import { formatSpan } from '../time.ts';
import type { Figures } from './report.ts';

const steps: readonly (readonly [string, string])[] = [
  ['build', 'source commit or build → pushed'],
  ['queue', '→ recorded'],
  ['commit', '→ committed'],
  ['sync', '→ synced'],
  ['health', '→ healthy'],
];
/** The length of the longest bar. */
const width = 200;

/** Median and 90th percentile of each step of the lead time; the bar shows its share. */
export function stepChart({ durations }: Pick<Figures, 'durations'>): HTMLElement | undefined {
  const known = steps.flatMap(([name, meaning]) => {
    const spread = durations[name];
    return spread ? [{ name, meaning, ...spread }] : [];
  });
  if (known.length === 0) return undefined;
  const longest = Math.max(1, ...known.map(({ median }) => median));
  const rows = known.map(({ name, meaning, median, p90 }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, `${name}: ${meaning}`),
      h('td', {}, formatSpan(median * 1_000)),
      h('td', {}, formatSpan(p90 * 1_000)),
      h('td', {}, bar((median / longest) * width)),
    ),
  );
  const head = ['Step', 'Median', '90th percentile', 'Share'];
  return h(
    'section',
    {},
    h('h2', {}, 'Steps of the lead time'),
    h(
      'div',
      { class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'Steps of the lead time' },
      h(
        'table',
        { class: 'numbers' },
        h('thead', {}, h('tr', {}, ...head.map((name) => h('th', { scope: 'col' }, name)))),
        h('tbody', {}, ...rows),
      ),
    ),
  );
}

function bar(length: number): Node {
  const element = svg('svg', { width, height: 12, 'aria-hidden': 'true' });
  element.append(svg('rect', { class: 'bar-step', width: Math.max(1, length), height: 12 }));
  return element;
}
