import { age } from '../age.ts';
import { h } from '../dom.ts';
import type { Child } from '../dom.ts';

/** Messages and retries, as `GET /api/metrics` answers them. */
export interface Work {
  /** Jobs of today that were queued again, by the code of the failure. */
  readonly retries: Readonly<Record<string, number>>;
  readonly backlog: {
    readonly updates: number;
    readonly hasMore?: boolean;
    readonly oldest?: string;
    readonly messages?: Readonly<Record<string, number>>;
  };
}

/** How much waits, since when, and why jobs were retried today. */
export function workSection({ retries, backlog }: Work): HTMLElement {
  const { updates, hasMore = false, oldest, messages = {} } = backlog;
  const facts: readonly (readonly [string, readonly Child[]])[] = [
    ['Updates that wait', [`${hasMore ? 'more than ' : ''}${updates}`]],
    ['Oldest', oldest === undefined ? [] : [age(oldest)]],
    ['Messages', counts(messages)],
    ['Retries today', counts(retries)],
  ];
  return h(
    'dl',
    { class: 'facts' },
    ...facts.flatMap(([name, value]) =>
      value.length === 0 ? [] : [h('div', {}, h('dt', {}, name), h('dd', {}, ...value))],
    ),
  );
}

function counts(of: Readonly<Record<string, number>>): readonly Child[] {
  const entries = Object.entries(of).toSorted(([, a], [, b]) => b - a);
  return entries.flatMap(([name, count], index) => [index > 0 && ' · ', h('code', {}, name), ` ${count}`]);
}
