import type { FoundApplication } from './applications.ts';
import { environmentWords, initialWords, isOtherStage } from './environment-words.ts';
import { withWord } from './texts.ts';

/**
 * The environment that an Application's file or name shows. A name alone proves nothing: another Application must have
 * the same name with the word of another environment.
 */
export function applicationSign(
  application: FoundApplication,
  applications: readonly FoundApplication[],
): string | undefined {
  for (const textOf of [({ file }: FoundApplication) => file, ({ name }: FoundApplication) => name]) {
    const own = masked(textOf(application));
    if (own === undefined) continue;
    const others = applications.filter((other) => {
      const text = masked(textOf(other));
      if (text?.rest !== own.rest || text.word === own.word) return false;
      return (own.isSure && text.isSure) || isOtherStage(own.word, text.word);
    });
    if (others.length > 0) return own.word;
  }
  return undefined;
}

function masked(text: string): { readonly word: string; readonly rest: string; readonly isSure: boolean } | undefined {
  const sure = environmentWords(text).at(-1);
  const span = sure ?? initialWords(text).at(-1);
  if (!span) return undefined;
  const word = text.slice(span.start, span.end);
  return { word, rest: withWord(text, word, 'stage'), isSure: sure !== undefined };
}
