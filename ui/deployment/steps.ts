import type { Details } from './details.ts';

/** A step of the timeline. */
export interface Step {
  /** `pushed`, or a state. */
  readonly name: string;
  readonly at: string;
  /** Time since the step before, in milliseconds. */
  readonly after?: number;
}

/** The steps of a deployment, the oldest first. A push time after the first state is of another clock and comes first. */
export function stepsOf({ pushedAt, states }: Pick<Details, 'pushedAt' | 'states'>): readonly Step[] {
  const steps = [{ name: 'pushed', at: pushedAt }, ...states.map(({ state, at }) => ({ name: state, at }))];
  return steps.map((step, index) => {
    const before = steps[index - 1];
    if (!before) return step;
    const { name, at } = step;
    return { name, at, after: Math.max(0, Date.parse(at) - Date.parse(before.at)) };
  });
}
