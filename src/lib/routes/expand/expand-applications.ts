import { parseDuration } from '../../model/duration.ts';
import type { Report } from './expand-updates.ts';
import { applicationProblem } from './application-name.ts';
import type { Step } from '../read/source-map.ts';
import type { EnvironmentSettings } from '../read/schema.ts';
import { formatValue } from '../read/format-value.ts';

type Text = (template: string, at: readonly Step[], kept?: ReadonlySet<string>) => string | undefined;

/** The default of `failureAfter`. Sync waves and rollouts pass through Degraded for a short time. */
const failureAfterSeconds = 300;
/** Well below 7 days, the longest delay of a queue message. */
const longestFailureAfterSeconds = 24 * 3_600;

/** Time in Degraded until the deployment is degraded, in seconds. */
export function expandFailureAfter({ failureAfter }: EnvironmentSettings, text: Text, report: Report): number {
  const written = failureAfter ? text(failureAfter, ['failureAfter']) : undefined;
  if (written === undefined) return failureAfterSeconds;
  const seconds = parseDuration(written);
  if (seconds !== undefined && seconds <= longestFailureAfterSeconds) return seconds;
  const message = `${formatValue(written)} is not a duration; expected a number and s, m, h or d, such as 90s or 5m, at most 24h`;
  report({ code: 'wrong-value', message }, ['failureAfter']);
  return failureAfterSeconds;
}

/**
 * The names of the applications, each once.
 *
 * @param groups placeholders that the tag of each push fills in
 */
export function expandApplications(
  { application }: EnvironmentSettings,
  groups: ReadonlySet<string>,
  text: Text,
  report: Report,
): readonly string[] {
  const isList = Array.isArray(application);
  const names: string[] = [];
  for (const [index, template] of (isList ? application : application ? [application] : []).entries()) {
    const at = isList ? ['application', index] : ['application'];
    const name = text(template, at, groups);
    const problem = name === undefined ? undefined : applicationProblem(name.replace(/\{\w+\}/g, 'x'));
    if (problem !== undefined) report({ code: 'application-invalid', message: `${formatValue(name)} ${problem}` }, at);
    else if (name !== undefined && names.includes(name))
      report({ code: 'application-twice', message: `${formatValue(name)} is in the list twice` }, at);
    else if (name !== undefined) names.push(name);
  }
  return names;
}
