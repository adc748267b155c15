import { formatAddress, parseAddress } from './address.ts';
import { refreshAges } from './age.ts';
import { ApiError, forgetAnswers, get } from './api.ts';
import { makeDeploymentView } from './deployment/deployment-view.ts';
import { byId, h } from './dom.ts';
import { makeEnvironmentsView } from './environments/environments-view.ts';
import { makeFiguresView } from './figures/figures-view.ts';
import { makeQueueView } from './queue/queue-view.ts';
import { forgetKey, readKey, readPerson, setPerson } from './session.ts';
import { logoutAddress, signInForm } from './sign-in.ts';
import type { SignIn } from './sign-in.ts';
import type { MakeView, View } from './view.ts';

const pollMs = 5_000;
const views: Readonly<Record<string, MakeView>> = {
  environments: makeEnvironmentsView,
  deployments: makeDeploymentView,
  queue: makeQueueView,
  figures: makeFiguresView,
};
const main = byId('main');
const live = byId('live');
const signOut = byId('sign-out');

let view: View | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Shows the view of the address. @param isMoved whether the reader came from another view: the focus goes to its heading */
function open(isMoved: boolean): void {
  if (readKey() === undefined && !readPerson()) return void askToSignIn('');
  const address = parseAddress(location.hash);
  const made = (views[address.view] ?? makeEnvironmentsView)(address);
  view = made;
  document.title = `${made.title} · tagrelay`;
  main.replaceChildren(made.element);
  signOut.hidden = false;
  showNavigation(address.view);
  if (isMoved) main.focus();
  void poll(made);
}

function showNavigation(current: string): void {
  const links = { environments: 'Environments', queue: 'Queue', figures: 'Figures' };
  byId('nav').replaceChildren(
    ...Object.entries(links).map(([name, text]) =>
      h('a', { href: formatAddress({ view: name }), 'aria-current': current === name ? 'page' : undefined }, text),
    ),
  );
}

async function poll(shown: View): Promise<void> {
  clearTimeout(timer);
  if (view !== shown) return;
  if (!document.hidden) {
    try {
      await shown.refresh();
      if (view === shown) setLive('');
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (view !== shown) return;
      if (error.status === 401) return await askToSignIn(error.message);
      setLive(`${error.message} Shown data may be old.`);
    }
    refreshAges();
  }
  if (view === shown) timer = setTimeout(() => void poll(shown), pollMs);
}

function setLive(text: string): void {
  if (live.textContent !== text) live.textContent = text;
}

/** Opens the view for a signed-in person, else asks for a key. */
async function askToSignIn(message: string): Promise<void> {
  forgetKey();
  setPerson(undefined);
  forgetAnswers();
  view = undefined;
  clearTimeout(timer);
  const signIn = await readSignIn();
  const { name, roles = [] } = signIn;
  // After a refusal the person decides what to do next.
  if (name !== undefined && roles.length > 0 && message === '') {
    setPerson({ name, roles });
    return open(false);
  }
  document.title = 'Sign in · tagrelay';
  byId('nav').replaceChildren();
  signOut.hidden = true;
  setLive('');
  main.replaceChildren(signInForm(signIn, message, () => open(true)));
  main.querySelector('input')?.focus();
}

/** Without an answer, a key can still be entered. */
async function readSignIn(): Promise<SignIn> {
  try {
    return await get<SignIn>('sign-in');
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { isSetUp: false };
  }
}

window.addEventListener('hashchange', () => open(true));
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && view) void poll(view);
});
signOut.addEventListener('click', () => {
  if (readPerson()) location.assign(logoutAddress());
  else void askToSignIn('');
});
open(false);
