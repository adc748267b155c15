import { formatAddress } from '../address.ts';
import type { Address } from '../address.ts';
import { get } from '../api.ts';
import { h } from '../dom.ts';
import { keepFocus } from '../focus.ts';
import type { View } from '../view.ts';
import { filterForm } from './filter-form.ts';
import { hasDrifted, matrixOf, needsAttention } from './matrix.ts';
import type { Matrix, MatrixFilter } from './matrix.ts';
import { MatrixTable } from './matrix-table.ts';
import type { EnvironmentsAnswer } from './overview.ts';

/** The matrix of routes and environments. */
export function makeEnvironmentsView({ query }: Address): View {
  const { route = '', environment = '', state = '', removed = '' } = query;
  let filter: MatrixFilter = { route, environment, state, removed: removed !== '' };
  let answer: EnvironmentsAnswer | undefined;
  let names = '';
  const table = new MatrixTable();
  const form = h('div');
  const summary = h('p', { class: 'summary', role: 'status' });
  const content = h('div', { class: 'scroll' });

  const show = ({ environments, hasMoreQueued }: EnvironmentsAnswer): void => {
    const all = [...new Set(environments.map((one) => one.environment))].toSorted();
    if (names !== all.join('\n')) {
      names = all.join('\n');
      keepFocus(form, () => form.replaceChildren(filterForm(filter, all, changeFilter)));
    }
    const matrix = matrixOf(environments, filter);
    const text = summarize(matrix, hasMoreQueued === true);
    if (summary.textContent !== text) summary.textContent = text;
    keepFocus(content, () => {
      if (matrix.cells.length > 0) content.replaceChildren(table.render(matrix));
      else
        content.replaceChildren(
          environments.length === 0 ? nothingYet() : h('p', {}, 'No environment matches the filter.'),
        );
    });
  };
  const changeFilter = (changed: MatrixFilter): void => {
    filter = changed;
    const given = { ...filter, removed: filter.removed ? 'yes' : '' };
    history.replaceState(history.state, '', formatAddress({ view: 'environments', query: given }));
    if (answer) show(answer);
  };
  return {
    title: 'Environments',
    element: h('div', {}, h('h1', {}, 'Environments'), form, summary, content),
    async refresh() {
      const now = await get<EnvironmentsAnswer>('environments');
      if (now === answer) return;
      answer = now;
      show(now);
    },
  };
}

function summarize({ cells }: Matrix, hasMoreQueued: boolean): string {
  const count = (is: (cell: Matrix['cells'][number]) => boolean): number => cells.filter(is).length;
  const queued = cells.reduce((sum, cell) => sum + cell.queued, 0);
  const parts: readonly (readonly [number, string])[] = [
    [count(({ deployed }) => deployed?.state === 'healthy'), 'healthy'],
    [count(needsAttention), 'need a person'],
    [count(hasDrifted), 'overwritten'],
  ];
  return [
    cells.length === 1 ? '1 environment' : `${cells.length} environments`,
    ...parts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`),
    ...(queued > 0 ? [`${hasMoreQueued ? 'more than ' : ''}${queued} queued`] : []),
  ].join(' · ');
}

function nothingYet(): HTMLElement {
  return h(
    'div',
    { class: 'empty' },
    h('h2', {}, 'No environment yet'),
    h('p', {}, 'Describe a route in the setting ROUTES, connect the registry, and push an image.'),
    h(
      'p',
      {},
      h('code', {}, 'npx tagrelay init'),
      ' writes a first route; ',
      h('code', {}, 'npx tagrelay doctor'),
      ' shows missing parts.',
    ),
  );
}
