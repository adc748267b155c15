import { ApiError } from '../api.ts';
import { h } from '../dom.ts';
import { focusedIn, focusSuccessor } from '../focus.ts';
import type { Action, Field, Values } from './action.ts';

const rememberedName = 'tagrelay-actor';

/** The event of a change that was made. */
export const actedEvent = 'tagrelay-acted';

/**
 * Asks for the fields of an action, shows the consequences, and runs it when they are confirmed.
 *
 * @param outcome announces the outcome; the focus goes there if the button that opened the dialog is gone
 */
export function openAction(action: Action, outcome: HTMLElement): void {
  const opener = focusedIn(document.body);
  const title = h('h2', { id: 'action-title' }, action.name);
  const body = h('div');
  const progress = h('p', { role: 'status', class: 'progress' });
  const error = h('p', { class: 'error', role: 'alert' });
  const dialog = h('dialog', { 'aria-labelledby': 'action-title', class: 'action' }, title, body, progress, error);
  const close = (): void => dialog.close();
  const isBusy = (): boolean => progress.textContent !== '';
  dialog.addEventListener('cancel', (event) => {
    // The outcome of a request that was sent is still to be shown.
    if (isBusy()) event.preventDefault();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (document.activeElement !== document.body) return;
    if (!opener || !focusSuccessor(document.body, opener)) outcome.focus();
  });

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    if (isBusy()) return;
    const focused = document.activeElement;
    error.textContent = '';
    progress.textContent = 'Waiting for the app…';
    for (const button of dialog.querySelectorAll('button')) button.disabled = true;
    try {
      await work();
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      error.textContent = failure.message;
    } finally {
      progress.textContent = '';
      for (const button of dialog.querySelectorAll('button')) button.disabled = false;
      const isLost = dialog.open && !body.contains(document.activeElement);
      if (isLost && focused instanceof HTMLElement) focused.focus();
    }
  };

  const ask = (values: Values): void => {
    const inputs = action.fields.map((field) => [field, inputOf(field, values)] as const);
    const form = h(
      'form',
      {
        submit: (event) => {
          event.preventDefault();
          const given = readValues(inputs);
          void attempt(async () => confirm(given, await action.preview(given)));
        },
      },
      ...inputs.map(([field, input]) => fieldElement(field, input)),
      buttons(
        h('button', { type: 'submit', class: 'primary' }, 'Continue'),
        h('button', { type: 'button', click: close }, 'Cancel'),
      ),
    );
    body.replaceChildren(form);
    (inputs.find(([, input]) => input.value === '')?.[1] ?? form.querySelector('input'))?.focus();
  };

  const confirm = (values: Values, consequences: readonly string[]): void => {
    const run = (): void =>
      void attempt(async () => {
        const message = await action.run(values);
        close();
        outcome.textContent = message;
        document.dispatchEvent(new Event(actedEvent));
      });
    const heading = h('p', { tabindex: -1 }, h('strong', {}, 'This will happen:'));
    body.replaceChildren(
      heading,
      ...consequences.map((text) =>
        text.includes('\n') ? h('pre', { class: 'diff', tabindex: 0 }, text) : h('p', {}, text),
      ),
      buttons(
        h('button', { type: 'button', class: 'primary', click: run }, `Confirm: ${action.name}`),
        h('button', { type: 'button', click: () => ask(values) }, 'Back'),
        h('button', { type: 'button', click: close }, 'Cancel'),
      ),
    );
    heading.focus();
  };

  document.body.append(dialog);
  dialog.showModal();
  // A field of a dialog that is not shown takes no focus.
  ask({});
}

function readValues(inputs: readonly (readonly [Field, HTMLInputElement])[]): Values {
  const values = Object.fromEntries(
    inputs.map(([{ name, type }, input]) => [
      name,
      type === 'checkbox' ? (input.checked ? 'yes' : '') : input.value.trim(),
    ]),
  );
  if (values['actor'] !== undefined) sessionStorage.setItem(rememberedName, values['actor']);
  return values;
}

function inputOf({ name, type = 'text', required = false, value = '' }: Field, values: Values): HTMLInputElement {
  const remembered = name === 'actor' ? (sessionStorage.getItem(rememberedName) ?? '') : '';
  const start = values[name] ?? (value === '' ? remembered : value);
  const id = `action-${name}`;
  if (type === 'checkbox') return h('input', { id, type, checked: start !== '' });
  return h('input', { id, type, required, value: start, autocomplete: 'off' });
}

function fieldElement({ label, type, help }: Field, input: HTMLInputElement): HTMLElement {
  if (type === 'checkbox') return h('label', { class: 'check' }, input, label);
  return h(
    'div',
    { class: 'field' },
    h('label', { for: input.id }, label),
    input,
    help !== undefined && h('small', {}, help),
  );
}

function buttons(...members: readonly HTMLButtonElement[]): HTMLElement {
  return h('div', { class: 'buttons' }, ...members);
}

/** Closes the dialog, as when another view opens. */
export function closeActions(): void {
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
}
