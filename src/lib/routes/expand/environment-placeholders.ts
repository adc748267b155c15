import type { Report } from './expand-updates.ts';
import type { EnvironmentSettings } from '../read/schema.ts';
import { formatValue } from '../read/format-value.ts';
import {
  expandPlaceholders,
  reservedPlaceholders,
  placeholderName,
  type PlaceholderValues,
} from '../read/placeholders.ts';

/** Values of the placeholders in an environment's settings: captures, `{environment}` and `vars`. */
export function environmentPlaceholders(
  name: string,
  settings: EnvironmentSettings,
  captures: PlaceholderValues,
  report: Report,
): PlaceholderValues {
  const given = new Map([...captures, ['environment', name]]);
  const words = new Map(given);
  for (const [word, template] of Object.entries(settings.vars ?? {})) {
    const at = ['vars', word];
    if (!placeholderName.test(word)) {
      report(
        {
          code: 'wrong-value',
          message: `${formatValue(word)} is not a valid name; expected letters, digits and _, beginning with a letter`,
        },
        at,
      );
    } else if (reservedPlaceholders.has(word) || captures.has(word)) {
      const owner = captures.has(word) ? 'a capture of the image' : 'a reserved word';
      report({ code: 'word-reserved', message: `\`{${word}}\` is ${owner}; choose another` }, at);
    } else {
      const value = expandPlaceholders(template, given);
      if (typeof value === 'string') words.set(word, value);
      else report({ code: value.code, message: `${formatValue(template)} ${value.message}` }, at);
    }
  }
  return words;
}
