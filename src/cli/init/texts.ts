/** Puts `{word}` where a value stands as a word of its own; putting the value back gives the same text. */
export function withWord(text: string, value: string, word: string): string {
  return text.replaceAll(new RegExp(`(?<![A-Za-z0-9{])${escaped(value)}(?![A-Za-z0-9}])`, 'g'), `{${word}}`);
}

/** A path without `.yaml` or `.json`. */
export function withoutExtension(path: string): string {
  return path.replace(/\.(?:ya?ml|json)$/i, '');
}

/** The text as part of a regular expression. */
export function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

export function groupBy<T>(list: readonly T[], keyOf: (one: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of list) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return groups;
}

/** The first few of a list, for a message. */
export function shortList(texts: readonly string[], count = 3): string {
  const rest = texts.length - count;
  return `${texts.slice(0, count).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
