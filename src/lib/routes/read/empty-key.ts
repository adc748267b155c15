import { isMap, isScalar, type Node, type Pair } from 'yaml';

/**
 * The nearest key without a value that ends before one of the pairs of a map: the lines after it may be meant as its value.
 */
export function emptyKeyBefore(pairs: readonly Pair[], index: number): Node | undefined {
  for (const pair of pairs.slice(0, index).toReversed()) {
    const found = emptyEnd(pair);
    if (found) return found;
  }
  return undefined;
}

function emptyEnd({ key, value }: Pair): Node | undefined {
  if (value === null || (isScalar(value) && value.source === '')) return key as Node;
  const last = isMap(value) && value.flow !== true ? value.items.at(-1) : undefined;
  return last && emptyEnd(last);
}

/** The message at such a key, with what the lines after it do. */
export function withoutValue(message: string): string {
  return `has no value, and ${message}; expected less indentation here, or more in the lines after it`;
}
