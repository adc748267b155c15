import { actedEvent, closeActions } from './act/action-dialog.ts';
import { formatAddress, parseAddress } from './address.ts';
import { refreshAges } from './age.ts';
import { ApiError, forgetAnswers, get } from './api.ts';
import { makeDeploymentView } from './deployment/deployment-view.ts';
import { byId, h } from './dom.ts';
import { makeEnvironmentsView } from './environments/environments-view.ts';
import { makeFiguresView } from './figures/figures-view.ts';
import { makeQueueView } from './queue/queue-view.ts';
import { enterPlace, keepPlace, returnToPlace } from './places.ts';
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
/** The line of a view that has no content yet. */
let first: { readonly isReturn: boolean; readonly line: HTMLElement } | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Shows the view of the address. @param isMoved whether the reader came from another view: the focus goes to its content */
function open(isMoved: boolean): void {
  closeActions();
  if (readKey() === undefined && !readPerson()) return void askToSignIn('');
  const address = parseAddress(location.hash);
  const made = (views[address.view] ?? makeEnvironmentsView)(address);
  view = made;
  document.title = `${made.title} · tagrelay`;
  first = { isReturn: enterPlace() && isMoved, line: h('p', { class: 'none', role: 'status' }, 'Loading…') };
  main.replaceChildren(made.element, first.line);
  signOut.hidden = false;
  setLive('');
  showNavigation(address.view);
  if (isMoved) {
    window.scrollTo(0, 0);
    main.focus();
  }
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
  try {
    if (!document.hidden) await refresh(shown);
  } finally {
    clearTimeout(timer);
    if (view === shown) timer = setTimeout(() => void poll(shown), pollMs);
  }
}

async function refresh(shown: View): Promise<void> {
  try {
    await shown.refresh();
    if (view !== shown) return;
    setLive('');
    if (first) endFirst(first);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (view !== shown) return;
    if (error.status === 401)
      return await askToSignIn(readPerson() ? 'Your session has ended.' : 'The key has no access.');
    if (first) setText(first.line, error.status === 404 ? error.message : `${error.message} The page tries again.`);
    else setLive(`${error.message} Shown data may be old.`);
  }
  refreshAges();
}

/** The view has its content. A reader who came back finds the former place. */
function endFirst({ line, isReturn }: NonNullable<typeof first>): void {
  first = undefined;
  line.remove();
  if (isReturn) returnToPlace(location.hash, main);
}

function setLive(text: string): void {
  setText(live, text);
}

/** An unchanged text is not announced again. */
function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Opens the view for a signed-in person, else asks for a key. */
async function askToSignIn(message: string): Promise<void> {
  closeActions();
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

history.scrollRestoration = 'manual';
window.addEventListener('hashchange', ({ oldURL }) => {
  if (view) keepPlace(new URL(oldURL).hash, main);
  open(true);
});
document.addEventListener(actedEvent, () => {
  if (view) void poll(view);
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && view) void poll(view);
});
signOut.addEventListener('click', () => {
  if (readPerson()) location.assign(logoutAddress());
  else void askToSignIn('');
});
open(false);
