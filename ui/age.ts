import { h } from './dom.ts';
import { formatAge, formatTime } from './time.ts';

/** A time as its age; `refreshAges` keeps it current. */
export function age(at: string): HTMLElement {
  return h('time', { datetime: at, title: formatTime(at), class: 'age' }, formatAge(at, Date.now()));
}

/** Writes the current age of every time of the page. */
export function refreshAges(): void {
  for (const time of document.querySelectorAll<HTMLTimeElement>('time.age')) {
    const text = formatAge(time.dateTime, Date.now());
    if (time.textContent !== text) time.textContent = text;
  }
}
