import { change } from '../api.ts';
import { formatTime } from '../time.ts';
import { orderFields } from './action.ts';
import type { Action, Values } from './action.ts';

export interface Target {
  readonly route: string;
  readonly environment: string;
  readonly tag: string;
}

/** The plan of a rollback or promotion, as a dry run answers it. */
interface Plan {
  readonly image: string;
  readonly from?: string;
  readonly held?: string;
  readonly repository: string;
  readonly branch?: string;
  readonly message: string;
  readonly diff: string;
}

function linesOf({ image, held, repository, branch, message, diff }: Plan): readonly string[] {
  return [
    `${image} is written to ${repository}${branch === undefined ? '' : `, branch ${branch}`}.`,
    ...(held === undefined ? [] : [`It waits: ${held}`]),
    message.split('\n', 1)[0] ?? '',
    `${diff.trimEnd()}\n`,
  ];
}

/** The given values; empty ones are absent. */
function given(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(names.flatMap((name) => (values[name] ? [[name, values[name]]] : [])));
}

export function rollbackAction({ route, environment }: Target): Action {
  const bodyOf = (values: Values) => ({ route, environment, ...given(values, ['to', 'reason', 'actor']) });
  return {
    name: `Roll back ${environment}`,
    fields: [{ name: 'to', label: 'To the tag', help: 'Empty: the last healthy value.' }, ...orderFields()],
    preview: async (values) => linesOf(await change<Plan>('POST', 'rollback', { ...bodyOf(values), dryRun: true })),
    run: async (values) => {
      await change('POST', 'rollback', bodyOf(values));
      return `The rollback of ${route} in ${environment} is queued.`;
    },
  };
}

export function promoteAction({ route, tag }: Target): Action {
  const bodyOf = (values: Values) => ({
    route,
    ...given(values, ['environment', 'tag', 'reason', 'actor']),
    ...(values['now'] && { now: true }),
  });
  return {
    name: 'Promote',
    fields: [
      { name: 'environment', label: 'To the environment', required: true },
      { name: 'tag', label: 'Tag', value: tag, required: true },
      { name: 'now', label: 'Now: pass windows and freezes', type: 'checkbox' },
      ...orderFields(),
    ],
    preview: async (values) => linesOf(await change<Plan>('POST', 'promote', { ...bodyOf(values), dryRun: true })),
    run: async (values) => {
      await change('POST', 'promote', bodyOf(values));
      return `The promotion to ${values['environment']} is queued.`;
    },
  };
}

export function replayAction({ id, route, environment, tag }: Target & { readonly id: string }): Action {
  return {
    name: `Replay ${tag}`,
    fields: orderFields(),
    preview: () =>
      Promise.resolve([
        `${tag} is planned again for ${route} in ${environment}. It ignores the mark, but never replaces a newer tag in the file.`,
      ]),
    run: async (values) => {
      await change('POST', 'replay', { id, ...given(values, ['reason', 'actor']) });
      return `The replay of ${tag} is queued.`;
    },
  };
}

export function freezeAction({ route, environment }: Target): Action {
  return {
    name: `Freeze ${environment}`,
    fields: [{ name: 'until', label: 'Until', type: 'datetime-local', required: true }, ...orderFields()],
    preview: (values) =>
      Promise.resolve([
        `At the latest from one minute on, nothing is written to ${environment} of ${route} until ${formatTime(untilOf(values))}; pushes wait. Rollbacks pass.`,
      ]),
    run: async (values) => {
      const body = { route, environment, until: untilOf(values), ...given(values, ['reason', 'actor']) };
      await change('POST', 'freezes', body);
      return `${environment} of ${route} is frozen.`;
    },
  };
}

/** The end of a freeze: the reader's wall time as ISO 8601. */
function untilOf(values: Values): string {
  return new Date(values['until'] ?? '').toISOString();
}

export function unfreezeAction({ route, environment }: Target): Action {
  return {
    name: `Lift the freeze of ${environment}`,
    fields: [...orderFields()],
    preview: () =>
      Promise.resolve([`The updates of ${route} that wait for the freeze in ${environment} are planned again.`]),
    run: async (values) => {
      await change('DELETE', 'freezes', { route, environment, ...given(values, ['reason', 'actor']) });
      return 'The freeze is lifted.';
    },
  };
}

export function markAction({ route, environment, tag }: Target): Action {
  return {
    name: `Set the mark of ${environment}`,
    fields: [{ name: 'tag', label: 'Tag', value: tag, required: true }, ...orderFields()],
    preview: ({ tag: mark = '' }) =>
      Promise.resolve([`Only tags newer than ${mark} are committed to ${environment} of ${route} from now on.`]),
    run: async (values) => {
      await change('POST', 'mark', { route, environment, ...given(values, ['tag', 'reason', 'actor']) });
      return `The mark of ${environment} is ${values['tag']}.`;
    },
  };
}
