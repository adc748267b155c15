import { h } from '../dom.ts';
import type { Action } from './action.ts';
import { openAction } from './action-dialog.ts';

/** A button for each action; the outcome is announced below. */
export function actionBar(actions: readonly Action[]): HTMLElement {
  const outcome = h('p', { role: 'status', class: 'outcome', tabindex: -1 });
  const buttons = actions.map((action) =>
    h(
      'button',
      {
        type: 'button',
        click: () => openAction(action, outcome),
      },
      `${action.name}…`,
    ),
  );
  return h(
    'section',
    { class: 'actions' },
    h('h2', {}, 'Actions'),
    h('div', { class: 'buttons' }, ...buttons),
    outcome,
  );
}
