import { h } from '../dom.ts';
import { cellContent } from './cell.ts';
import type { Matrix, MatrixRow } from './matrix.ts';
import type { Overview } from './overview.ts';

/** Elements of rows, by route, and the answers that they show. An unchanged row keeps its element. */
export class MatrixTable {
  #rows = new Map<string, { readonly content: string; readonly element: HTMLElement }>();

  render({ environments, groups }: Matrix): HTMLElement {
    const rows = new Map<string, { readonly content: string; readonly element: HTMLElement }>();
    const head = h(
      'thead',
      { role: 'rowgroup' },
      h(
        'tr',
        { role: 'row' },
        ...['Route', ...environments].map((name) => h('th', { scope: 'col', role: 'columnheader' }, name)),
      ),
    );
    const bodies = groups.map(({ name, rows: members }) =>
      h(
        'tbody',
        { role: 'rowgroup', ...(name !== '' && { 'aria-label': name }) },
        ...members.map((row) => {
          const content = JSON.stringify([environments, [...row.cells.values()]]);
          const known = this.#rows.get(row.route);
          const element = known?.content === content ? known.element : rowElement(row, environments);
          rows.set(row.route, { content, element });
          return element;
        }),
      ),
    );
    this.#rows = rows;
    const table = h(
      'table',
      { class: 'matrix', role: 'table', 'aria-label': 'Environments of the routes' },
      head,
      ...bodies,
    );
    table.addEventListener('keydown', moveFocus);
    return table;
  }
}

function rowElement({ route, cells }: MatrixRow, environments: readonly string[]): HTMLElement {
  return h(
    'tr',
    { role: 'row' },
    h('th', { scope: 'row', role: 'rowheader', title: route }, route),
    ...environments.map((environment) => cellElement(environment, cells.get(environment))),
  );
}

function cellElement(environment: string, overview: Overview | undefined): HTMLElement {
  if (!overview) return h('td', { role: 'cell', class: 'absent' });
  return h('td', { role: 'cell', 'data-environment': environment }, ...cellContent(overview));
}

const steps: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Arrow keys move between the links of cells. */
function moveFocus(event: KeyboardEvent): void {
  const step = steps[event.key];
  const cell = event.target instanceof Element ? event.target.closest('td') : null;
  const table = cell?.closest('table');
  if (!step || !cell || !table || event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = [...table.querySelectorAll('tbody tr')];
  let row = rows.findIndex((one) => one.contains(cell));
  let column = cell.cellIndex;
  for (;;) {
    row += step[0];
    column += step[1];
    const next = rows[row]?.children[column];
    if (!next) return;
    const link = next.querySelector('a');
    if (!link) continue;
    link.focus();
    event.preventDefault();
    return;
  }
}
