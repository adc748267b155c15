import { environmentWords, isRegion } from '../init/environment-words.ts';

/** The words of a name; `non-prod` is one. */
export function wordsIn(text: string): readonly string[] {
  return text.match(/(?<![A-Za-z0-9])(?:non|pre)[-_.]prod(?:uction)?[0-9]*(?![A-Za-z0-9])|[A-Za-z0-9]+/gi) ?? [];
}

export function isStage(word: string): boolean {
  return environmentWords(word).length > 0;
}

/** The words that name an environment where one of them is a stage: `prod` and `weu` of `orders-prod-weu`. */
export function stageAndRegion(words: readonly string[]): readonly string[] {
  if (!words.some(isStage)) return words;
  return words.filter(
    (word, index) => isStage(word) || isRegion(word) || (/^\d+$/.test(word) && isStage(words[index - 1] ?? '')),
  );
}

/** `stg` and `staging` are one stage, `prod` and `preprod` are two; `nonprod` is every stage but `prod`. */
export function isSameStage(a: string, b: string): boolean {
  const [short, long] = [a, b]
    .map((word) => word.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
    .toSorted((x, y) => x.length - y.length);
  if (short === undefined || long === undefined) return false;
  const isNotProduction = [short, long].some((word) => word.startsWith('non'));
  if (isNotProduction) return ![short, long].some((word) => /^pro?d/.test(word));
  if (short.startsWith('pre') !== long.startsWith('pre') || short[0] !== long[0]) return false;
  let at = 0;
  for (const letter of long) if (letter === short[at]) at += 1;
  return at === short.length;
}
