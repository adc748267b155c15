import { focusedIn, focusSuccessor } from './focus.ts';
import type { FocusNames } from './focus.ts';

interface Place {
  readonly scroll: number;
  readonly focused: FocusNames | undefined;
}

const places = new Map<string, Place>();

/** Keeps scroll position and focus of an address that is left. */
export function keepPlace(hash: string, container: Element): void {
  places.set(hash, { scroll: window.scrollY, focused: focusedIn(container) });
}

/** @returns whether the reader came back to this entry of the history */
export function enterPlace(): boolean {
  const isKnown = (history.state as { readonly isKnown?: boolean } | null)?.isKnown === true;
  history.replaceState({ isKnown: true }, '');
  return isKnown;
}

/** Goes to the kept position of an address, once its content is there. */
export function returnToPlace(hash: string, container: Element): void {
  const place = places.get(hash);
  if (!place) return;
  window.scrollTo(0, place.scroll);
  if (place.focused) focusSuccessor(container, place.focused);
}
