import type { CommandArguments } from '../command.ts';
import { textOption } from '../options.ts';

/** Options of commands that read a period of days. */
export const periodOptions = {
  since: { type: 'string' },
  until: { type: 'string' },
  route: { type: 'string' },
  environment: { type: 'string' },
} as const;

/** The help lines of these options. */
export const periodHelp = `
  --since TIME        a number of days that end today, as 30d (the default), or the first day, as 2026-11-01; UTC
  --until DAY         the last day; today if absent
  --route NAME, --environment NAME
                      only these
`.trim();

/** The given ones, as query parameters of the API. */
export function periodQuery(args: CommandArguments): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of Object.keys(periodOptions)) {
    const value = textOption(args, name);
    if (value !== undefined) query.set(name, value);
  }
  return query;
}
