import type { Window } from '../route.ts';
import { unionSpans, windowSpans } from './window-spans.ts';

/** Whether windows let an environment be written at a time. */
export type WindowState =
  | { readonly isOpen: true }
  | {
      readonly isOpen: false;
      /** For people. */
      readonly reason: string;
      /** When it opens; absent if it stays closed for a year. */
      readonly opens?: Date;
    };

/** A write needs this time: a window has to stay open as long. */
const marginMs = 60_000;
const yearMs = 366 * 24 * 60 * 60 * 1000;

/** The state of windows at a time: open then and for a minute more, or closed until the next opening. */
export function windowState(windows: readonly Window[], time: Date): WindowState {
  const reason = closedWithin(windows, time.getTime(), time.getTime() + marginMs);
  if (reason === undefined) return { isOpen: true };
  const opens = nextOpening(windows, time.getTime());
  return { isOpen: false, reason, ...(opens !== undefined && { opens: new Date(opens) }) };
}

/** How long windows stay open from an instant at which they are open, in milliseconds; `mostMs` at most. */
export function openForMs(windows: readonly Window[], from: number, mostMs: number): number {
  const [denies, allows] = [ofKind(windows, 'deny'), ofKind(windows, 'allow')];
  const closes = unionSpans(denies, from, from + mostMs).next().value?.start ?? Infinity;
  const ends = allows.length === 0 ? Infinity : (unionSpans(allows, from, from + mostMs).next().value?.end ?? from);
  return Math.min(closes - from, ends - from, mostMs);
}

/** Why the windows are closed at an instant from `from` to `to`, both included; `undefined` if they stay open. */
function closedWithin(windows: readonly Window[], from: number, to: number): string | undefined {
  const deny = windows.find((window) => window.kind === 'deny' && hasSpan(window, from, to));
  if (deny) return describe(deny);
  const allows = ofKind(windows, 'allow');
  if (allows.length === 0) return undefined;
  const open = unionSpans(allows, from, to + 1).next().value;
  return open && open.start <= from && open.end > to ? undefined : 'no allow window is open';
}

function ofKind(windows: readonly Window[], kind: Window['kind']): readonly Window[] {
  return windows.filter((window) => window.kind === kind);
}

function hasSpan(window: Window, from: number, to: number): boolean {
  return windowSpans(window, from, to + 1).next().value !== undefined;
}

function describe(window: Window): string {
  if ('from' in window) return `closed until ${window.to}${window.reason === undefined ? '' : ` (${window.reason})`}`;
  return `a deny window is open (${window.schedule} ${window.timeZone})`;
}

/** The first time from which the windows stay open for the margin, within a year. */
function nextOpening(windows: readonly Window[], after: number): number | undefined {
  const last = after + yearMs;
  const allows = ofKind(windows, 'allow');
  const denies = unionSpans(ofKind(windows, 'deny'), after, last + marginMs + 1);
  const opens = allows.length === 0 ? [{ start: after, end: Infinity }] : unionSpans(allows, after, last);
  let deny = denies.next().value;
  for (const open of opens) {
    for (let time = Math.max(open.start, after); time + marginMs < open.end; time = deny.end) {
      while (deny && deny.end <= time) deny = denies.next().value;
      if (!deny || deny.start > time + marginMs) return time <= last ? time : undefined;
    }
  }
  return undefined;
}
