import type { Report } from './expand-updates.ts';
import type { EnvironmentSettings } from '../read/schema.ts';
import { show } from '../read/format-value.ts';
import { expandWords, reservedWords, wordPattern, type Words } from '../read/placeholders.ts';

/** The words that may stand in an environment's settings: captures, `{environment}` and its `vars`. */
export function environmentWords(name: string, settings: EnvironmentSettings, captures: Words, report: Report): Words {
  const given = new Map([...captures, ['environment', name]]);
  const words = new Map(given);
  for (const [word, template] of Object.entries(settings.vars ?? {})) {
    const at = ['vars', word];
    if (!wordPattern.test(word)) {
      report({ code: 'wrong-value', message: `${show(word)} is no word; expected letters, digits and _` }, at);
    } else if (reservedWords.has(word) || captures.has(word)) {
      const owner = captures.has(word) ? 'a capture of the image' : 'a word with a meaning of its own';
      report({ code: 'word-reserved', message: `\`{${word}}\` is ${owner}; choose another` }, at);
    } else {
      const value = expandWords(template, given);
      if (typeof value === 'string') words.set(word, value);
      else report({ code: value.code, message: `${show(template)} ${value.message}` }, at);
    }
  }
  return words;
}
