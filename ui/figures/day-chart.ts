import { h, svg } from '../dom.ts';
import type { daysOf } from './report.ts';

const height = 120;
const step = 12;

/** Deployments and failures of each day, as bars; the numbers are in a table beside them. */
export function dayChart(days: ReturnType<typeof daysOf>): HTMLElement {
  const most = Math.max(1, ...days.map(({ good, failed }) => good + failed));
  const bars = days.flatMap(({ day, good, failed }, index) => {
    const [goodHeight, failedHeight] = [good, failed].map((count) => (count / most) * height);
    const at = { x: index * step + 1, width: step - 2 };
    const title = `${day}: ${good} deployments, ${failed} failed`;
    return [
      svg('rect', { ...at, y: height - (goodHeight ?? 0), height: goodHeight ?? 0, class: 'bar-good' }, title),
      svg(
        'rect',
        { ...at, y: height - (goodHeight ?? 0) - (failedHeight ?? 0), height: failedHeight ?? 0, class: 'bar-bad' },
        title,
      ),
    ];
  });
  const total = days.reduce((sum, { good }) => sum + good, 0);
  const chart = svg('svg', {
    viewBox: `0 0 ${days.length * step} ${height}`,
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': `${total} deployments in ${days.length} days, at most ${most} a day`,
    class: 'chart',
  });
  chart.append(...bars);
  const rows = days
    .filter(({ good, failed }) => good + failed > 0)
    .map(({ day, good, failed }) =>
      h('tr', {}, h('th', { scope: 'row' }, day), h('td', {}, String(good)), h('td', {}, String(failed))),
    );
  const head = ['Day', 'Deployments', 'Failed'].map((name) => h('th', { scope: 'col' }, name));
  return h(
    'section',
    {},
    h('h2', {}, 'Deployments a day'),
    chart,
    h(
      'p',
      { class: 'legend' },
      h('span', { class: 'good' }, h('span', { 'aria-hidden': 'true' }, '■ '), 'deployed (below)'),
      h('span', { class: 'bad' }, h('span', { 'aria-hidden': 'true' }, '■ '), 'failed (above)'),
    ),
    h(
      'details',
      {},
      h('summary', {}, 'As a table'),
      h('table', { class: 'numbers' }, h('thead', {}, h('tr', {}, ...head)), h('tbody', {}, ...rows)),
    ),
  );
}
