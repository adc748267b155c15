import { parseCron, type NextOccurrence } from './cron.ts';
import type { RegisteredFunction } from './app-registry.ts';
import { HostError } from './host-error.ts';
import { resolveSettings } from './settings.ts';
import { missingSetting } from './storage-queues.ts';
import { parseTimeSpan } from './time-span.ts';
import type { TriggerBinding } from './trigger-binding.ts';

export interface TimerFunction {
  readonly target: RegisteredFunction;
  readonly binding: string;
  /** With its settings filled in. */
  readonly schedule: string;
  readonly next: NextOccurrence;
  readonly runOnStartup: boolean;
  /** Whether its status outlives the host. */
  readonly useMonitor: boolean;
}

/** Reads the timer trigger of a function: an NCRONTAB expression or a duration, in which `%NAME%` stands for a setting. */
export function timerFunction(target: RegisteredFunction, { name: binding, options }: TriggerBinding): TimerFunction {
  const { name } = target.metadata;
  const written = typeof options['schedule'] === 'string' ? options['schedule'] : '';
  const schedule = resolveSettings(written, (setting) => missingSetting(name, setting, `its schedule "${written}"`));
  const next = readSchedule(name, schedule);
  return {
    target,
    binding,
    schedule,
    next,
    runOnStartup: options['runOnStartup'] === true,
    // The timer extension does not monitor what runs more often than once a minute.
    useMonitor: options['useMonitor'] !== false && !isFrequent(next),
  };
}

function readSchedule(name: string, schedule: string): NextOccurrence {
  const interval = parseTimeSpan(schedule);
  if (interval !== undefined && interval > 0) return (after) => new Date(after.getTime() + interval);
  try {
    return parseCron(schedule);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new HostError('schedule-invalid', `The schedule "${schedule}" of "${name}" is wrong: ${problem}.`, cause);
  }
}

function isFrequent(next: NextOccurrence): boolean {
  const first = next(new Date());
  const second = first && next(first);
  return first !== undefined && second !== undefined && second.getTime() - first.getTime() < 60_000;
}
