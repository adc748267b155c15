import { h } from '../dom.ts';
import { lookOf, states } from '../states.ts';
import type { MatrixFilter } from './matrix.ts';

/** The filter of the matrix, which calls `onChange` at each change. */
export function filterForm(
  filter: MatrixFilter,
  environments: readonly string[],
  onChange: (filter: MatrixFilter) => void,
): HTMLElement {
  const route = h('input', { id: 'filter-route', type: 'search', value: filter.route, autocomplete: 'off' });
  const environment = select('filter-environment', filter.environment, [
    ['', 'all'],
    ...environments.map((name) => [name, name] as const),
  ]);
  const state = select('filter-state', filter.state, [
    ['', 'all'],
    ['attention', 'needs a person'],
    ['overwritten', 'overwritten'],
    ...states.map((name) => [name, lookOf(name).word] as const),
  ]);
  const removed = h('input', { id: 'filter-removed', type: 'checkbox', checked: filter.removed });
  const changed = (): void =>
    onChange({ route: route.value, environment: environment.value, state: state.value, removed: removed.checked });
  return h(
    'form',
    { class: 'filter', role: 'search', input: changed, submit: (event) => event.preventDefault() },
    labelled('Route begins with', route),
    labelled('Environment', environment),
    labelled('State', state),
    h('label', { class: 'check' }, removed, 'removed ones too'),
  );
}

function select(id: string, value: string, options: readonly (readonly [string, string])[]): HTMLSelectElement {
  return h(
    'select',
    { id },
    ...options.map(([option, text]) => h('option', { value: option, selected: option === value }, text)),
  );
}

function labelled(text: string, control: HTMLElement): HTMLElement {
  return h('div', { class: 'field' }, h('label', { for: control.id }, text), control);
}
