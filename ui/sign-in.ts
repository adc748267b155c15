import { ApiError, forgetAnswers, get } from './api.ts';
import { h } from './dom.ts';
import { forgetKey, saveKey } from './session.ts';
import type { Person } from './session.ts';

export interface SignIn extends Partial<Person> {
  /** People can sign in with Entra ID. */
  readonly isSetUp: boolean;
}

/** Asks for a function key until the app accepts one, or for a sign-in with Entra ID where it is set up. */
export function signInForm({ isSetUp, name, roles }: SignIn, message: string, onDone: () => void): HTMLElement {
  const isWithoutRole = name !== undefined && roles?.length === 0;
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
    isSetUp &&
      !isWithoutRole &&
      h('p', {}, h('a', { class: 'button', href: loginAddress() }, 'Sign in with Microsoft')),
    isWithoutRole &&
      h(
        'p',
        {},
        `${name} is signed in, but has neither the role reader nor admin. `,
        h('a', { href: logoutAddress() }, 'Sign out'),
      ),
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

/** The addresses of App Service Authentication are the same for every app. */
function loginAddress(): string {
  return `/.auth/login/aad?post_login_redirect_uri=${encodeURIComponent(location.pathname + location.hash)}`;
}

export function logoutAddress(): string {
  return `/.auth/logout?post_logout_redirect_uri=${encodeURIComponent(location.pathname)}`;
}
