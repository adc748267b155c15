import { formatAddress } from '../address.ts';
import type { Address } from '../address.ts';
import { get } from '../api.ts';
import { h } from '../dom.ts';
import { replaceParts } from '../focus.ts';
import { formatSpan } from '../time.ts';
import type { View } from '../view.ts';
import { dayChart } from './day-chart.ts';
import { daysOf } from './report.ts';
import type { PeriodFigures, Report } from './report.ts';
import { stepChart } from './step-chart.ts';

const periods = ['7d', '30d', '90d'];

/** Frequency, lead time, failures and restores of a period. */
export function makeFiguresView({ query }: Address): View {
  const since = periods.includes(query['since'] ?? '') ? (query['since'] ?? '') : '30d';
  const content = h('div');
  let shown = '';
  const links = periods.map((period) =>
    h(
      'a',
      {
        href: formatAddress({ view: 'figures', query: { since: period } }),
        'aria-current': period === since ? 'true' : undefined,
      },
      `${Number.parseInt(period, 10)} days`,
    ),
  );
  return {
    title: 'Figures',
    element: h('div', {}, h('h1', {}, 'Figures'), h('p', { class: 'periods' }, ...links), content),
    async refresh() {
      const report = await get<Report>(`metrics?since=${since}`);
      const now = JSON.stringify([report.total, report.environments, report.days]);
      if (now === shown) return;
      shown = now;
      const steps = stepChart(report.total);
      const parts = [tiles(report.total), dayChart(daysOf(report)), ...(steps ? [steps] : []), environments(report)];
      replaceParts(content, parts);
    },
  };
}

function cells({
  deployments,
  deploymentsPerDay,
  durations,
  changeFailureRate,
  timeToRestore,
  failing,
}: PeriodFigures) {
  return [
    ['Deployments', `${deployments} (${deploymentsPerDay.toFixed(1)} a day)`],
    ['Lead time, median', span(durations['lead']?.median)],
    ['Change failure rate', changeFailureRate === undefined ? '–' : `${(changeFailureRate * 100).toFixed(1)} %`],
    ['Time to restore, median', span(timeToRestore?.median)],
    ['Failing now', String(failing)],
  ] as const;
}

function span(seconds: number | undefined): string {
  return seconds === undefined ? '–' : formatSpan(seconds * 1_000);
}

function tiles(total: PeriodFigures): HTMLElement {
  return h(
    'dl',
    { class: 'tiles' },
    ...cells(total).map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );
}

function environments({ environments: found, total }: Report): HTMLElement {
  const head = ['Route', 'Environment', ...cells(total).map(([name]) => name)];
  const rows = found.map((one) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, one.route),
      h('td', {}, one.environment),
      ...cells(one).map(([, value]) => h('td', {}, value)),
    ),
  );
  if (rows.length === 0) return h('p', { class: 'none' }, 'No deployment in this period.');
  return h(
    'section',
    {},
    h('h2', {}, 'By environment'),
    h(
      'div',
      { class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'Figures by environment' },
      h(
        'table',
        { class: 'numbers' },
        h('thead', {}, h('tr', {}, ...head.map((name) => h('th', { scope: 'col' }, name)))),
        h('tbody', {}, ...rows),
      ),
    ),
  );
}
