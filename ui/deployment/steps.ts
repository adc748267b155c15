import type { Details } from './details.ts';

/** A step of the timeline. */
export interface Step {
  /** `pushed`, or a state. */
  readonly name: string;
  readonly at: string;
  /** Time since the step before, in milliseconds. */
  readonly after?: number;
  /** The account of Argo CD that started the sync. */
  readonly syncedBy?: string;
}

/** The steps of a deployment, the oldest first. A push time after the first state is of another clock and comes first. */
export function stepsOf({ pushedAt, states }: Pick<Details, 'pushedAt' | 'states'>): readonly Step[] {
  const steps: readonly Step[] = [
    { name: 'pushed', at: pushedAt },
    ...states.map(({ state, at, syncedBy }) =>
      syncedBy === undefined ? { name: state, at } : { name: state, at, syncedBy },
    ),
  ];
  return steps.map((step, index) => {
    const before = steps[index - 1];
    if (!before) return step;
    return Object.assign({ after: Math.max(0, Date.parse(step.at) - Date.parse(before.at)) }, step);
  });
}
