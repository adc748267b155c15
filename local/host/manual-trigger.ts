import type { RegisteredFunction } from './app-registry.ts';
import type { FoundFunctions } from './find-functions.ts';
import type { Trigger } from './run-invocation.ts';

/** Runs the queue or timer function of a name, ignoring case, by hand; undefined where it does not exist. */
export function manualTrigger(
  { queue, timer }: FoundFunctions,
  name: string,
  input: string,
): { readonly target: RegisteredFunction; readonly trigger: Trigger } | undefined {
  const found = [...queue, ...timer].find(({ target }) => target.metadata.name.toLowerCase() === name.toLowerCase());
  if (found === undefined) return undefined;
  const timerInput = { Schedule: { AdjustForDST: true }, ScheduleStatus: null, IsPastDue: false };
  return {
    target: found.target,
    trigger: {
      binding: found.binding,
      data: 'queue' in found ? { string: input } : { json: JSON.stringify(timerInput) },
      metadata: {},
      reason: 'This function was programmatically called via the host APIs.',
    },
  };
}
