import { ApiError, forgetAnswers, get } from './api.ts';
import { h } from './dom.ts';
import { forgetKey, saveKey } from './session.ts';

/** Asks for a function key until the app accepts one. */
export function signInForm(message: string, onDone: () => void): HTMLElement {
  const key = h('input', {
    id: 'key',
    type: 'password',
    required: true,
    autocomplete: 'off',
    'aria-describedby': 'key-help',
  });
  const error = h('p', { class: 'error', role: 'alert' }, message);
  const submit = async (): Promise<void> => {
    forgetAnswers();
    saveKey(key.value.trim());
    try {
      await get('deployments?limit=1');
      onDone();
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      forgetKey();
      error.textContent = failure.message;
      key.select();
    }
  };
  return h(
    'form',
    {
      class: 'sign-in',
      submit: (event) => {
        event.preventDefault();
        void submit();
      },
    },
    h('h1', {}, 'Sign in'),
    h('label', { for: 'key' }, 'Function key'),
    key,
    h(
      'p',
      { id: 'key-help' },
      'The key stays in this tab until it is closed. A function key reads; the admin key (the master key of the app) also changes.',
    ),
    error,
    h('button', { type: 'submit' }, 'Sign in'),
  );
}
