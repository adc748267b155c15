/** A tag policy that fits the tags found in files. */
export interface TagGuess {
  readonly match?: string;
  readonly semver?: string;
  readonly order: 'semver' | 'numeric' | 'newest';
  readonly why: string;
}

const kinds: readonly { readonly tags: RegExp; readonly guess: Omit<TagGuess, 'why'> }[] = [
  { tags: /^v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/, guess: { semver: '>=0.0.0', order: 'semver' } },
  { tags: /^\d{1,9}$/, guess: { match: '^(\\d+)$', order: 'numeric' } },
  { tags: /^main-\d+$/, guess: { match: '^main-(\\d+)$', order: 'numeric' } },
  { tags: /^main-\d+-[0-9a-f]{6,40}$/, guess: { match: '^main-(\\d+)-[0-9a-f]{6,40}$', order: 'numeric' } },
];

/** The policy that all tags fit, or the plain order by push time. */
export function guessTags(tags: readonly string[]): TagGuess {
  const distinct = [...new Set(tags)];
  const shown = `${distinct.slice(0, 3).join(', ')}${distinct.length > 3 ? ', …' : ''}`;
  const kind =
    distinct.length === 0 ? undefined : kinds.find(({ tags: pattern }) => distinct.every((tag) => pattern.test(tag)));
  if (kind) return { ...kind.guess, why: `the tags in the files are like ${shown}` };
  return {
    order: 'newest',
    why: distinct.length === 0 ? 'no tag was found' : `the tags in the files (${shown}) show no order`,
  };
}
