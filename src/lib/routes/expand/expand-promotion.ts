import { parseDuration } from '../../model/duration.ts';
import { formatValue } from '../read/format-value.ts';
import type { EnvironmentSettings } from '../read/schema.ts';
import type { Step } from '../read/source-map.ts';
import type { Report } from './expand-updates.ts';

type Text = (template: string, at: readonly Step[]) => string | undefined;

const longestSoakSeconds = 30 * 24 * 3_600;

/** The names of the environments that an environment is promoted from, each once. */
export function expandPromoteFrom({ promoteFrom }: EnvironmentSettings, text: Text): readonly string[] {
  if (!promoteFrom) return [];
  const names = Array.isArray(promoteFrom)
    ? promoteFrom.flatMap((name, index) => text(name, ['promoteFrom', index]) ?? [])
    : [text(promoteFrom, ['promoteFrom']) ?? []].flat();
  return [...new Set(names)];
}

/** Time that an image must be healthy in the sources, in seconds. */
export function expandSoak({ soak }: EnvironmentSettings, text: Text, report: Report): number {
  const written = soak ? text(soak, ['soak']) : undefined;
  if (written === undefined) return 0;
  const seconds = parseDuration(written);
  if (seconds !== undefined && seconds > 0 && seconds <= longestSoakSeconds) return seconds;
  const message = `${formatValue(written)} is not a duration; expected a number and s, m, h or d, such as 30m or 2h, at most 30d`;
  report({ code: 'wrong-value', message }, ['soak']);
  return 0;
}

/** Whether the source commit is compared instead of the digest, which needs tags of the environment's own. */
export function expandSameSource(
  { sameSource, promoteFrom, tags }: EnvironmentSettings,
  report: Report,
): { readonly sameSource?: true } {
  if (sameSource !== true) return {};
  if (promoteFrom && tags) return { sameSource };
  const message =
    '`sameSource` has no effect without `promoteFrom` and `tags` in the environment; add them or remove it';
  report({ code: 'same-source-unused', message }, ['sameSource']);
  return {};
}
