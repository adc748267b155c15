import { didYouMean } from './suggest.ts';
import type { ProblemCode } from './problem-codes.ts';

/** A problem of a value, without its position. */
export interface Fault {
  readonly code: ProblemCode;
  readonly message: string;
}

/** Values of placeholders, by name. */
export type PlaceholderValues = ReadonlyMap<string, string>;

const placeholder = /\{([^{}]*)\}/g;
export const placeholderName = /^[A-Za-z][A-Za-z0-9_]*$/;

/** Placeholders of the fields `yaml.value` and `build.tag`, and `{environment}`. */
export const imagePlaceholders: ReadonlySet<string> = new Set(['registry', 'repository', 'tag', 'digest']);
export const buildPlaceholders: ReadonlySet<string> = new Set(['buildId', 'buildNumber', 'sourceVersion']);
export const reservedPlaceholders: ReadonlySet<string> = new Set([
  'environment',
  ...imagePlaceholders,
  ...buildPlaceholders,
]);

/** The placeholders in a text, in order. */
export function placeholdersIn(text: string): readonly string[] {
  return text.includes('{') ? Array.from(text.matchAll(placeholder), ([, word = '']) => word) : [];
}

/** Replaces each `{word}` that is not in `kept`. */
export function expandPlaceholders(
  text: string,
  words: PlaceholderValues,
  kept: ReadonlySet<string> = new Set(),
): string | Fault {
  if (!text.includes('{') && !text.includes('}')) return text;
  let fault: Fault | undefined;
  const expanded = text.replace(placeholder, (whole, word: string) => {
    if (kept.has(word.split(':', 1)[0] ?? '')) return whole;
    const value = words.get(word);
    if (value === undefined) fault ??= unknownWord(word, words, kept);
    return value ?? whole;
  });
  if (fault) return fault;
  if (/[{}]/.test(text.replace(placeholder, ''))) {
    return { code: 'brace-unmatched', message: 'has a brace that does not belong to a {word}' };
  }
  return expanded;
}

function unknownWord(word: string, words: PlaceholderValues, kept: ReadonlySet<string>): Fault {
  const known = [...words.keys(), ...kept];
  if (reservedPlaceholders.has(word)) {
    const place = buildPlaceholders.has(word) ? '`build.tag`' : '`yaml.value`';
    return { code: 'word-reserved', message: `has \`{${word}}\`, which only ${place} may have` };
  }
  const near = didYouMean(word, known) || `; expected one of ${known.map((name) => `\`{${name}}\``).join(', ')}`;
  return {
    code: 'word-unknown',
    message: `has \`{${word.slice(0, 40)}}\`, which is not a capture of the image, a variable or \`{environment}\`${near}`,
  };
}
