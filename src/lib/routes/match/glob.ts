/** `path`: `*` matches within one path segment, and `**` across segments. `name`: `*` matches any characters. */
export type GlobKind = 'path' | 'name';

/**
 * Whether a text matches a glob of `*`, `?` and, for paths, `**`. After a mismatch only the last star of each kind is
 * retried, so the time is bounded by the product of the lengths.
 */
export function matchesGlob(glob: string, text: string, kind: GlobKind): boolean {
  return kind === 'name' ? matchSegment(glob, text) : matchPath(glob.split('/'), text.split('/'));
}

/** The problem of a glob; `undefined` if it is valid. */
export function globProblem(glob: string): string | undefined {
  const special = /[[\]{}!()\\]/.exec(glob)?.[0];
  if (special !== undefined)
    return `has \`${special}\`; a glob supports only \`*\`, \`?\` and \`**\` (use several entries instead)`;
  if (/\*\*[^/]|[^/]\*\*/.test(glob)) return 'has `**` next to other characters; expected it alone between slashes';
  return undefined;
}

function matchPath(glob: readonly string[], text: readonly string[]): boolean {
  return matchParts(glob, text, '**', matchSegment);
}

function matchSegment(glob: string, text: string): boolean {
  return matchParts(glob, text, '*', (one, char) => one === '?' || one === char);
}

/** Matches part by part; a star matches as few parts as possible, and one more after each mismatch. */
function matchParts(
  glob: ArrayLike<string>,
  text: ArrayLike<string>,
  anyParts: string,
  matches: (part: string, text: string) => boolean,
): boolean {
  let [g, t, star, resume] = [0, 0, -1, 0];
  while (t < text.length) {
    const part = glob[g];
    if (part === anyParts) {
      star = g;
      resume = t;
      g += 1;
    } else if (part !== undefined && matches(part, text[t] ?? '')) {
      g += 1;
      t += 1;
    } else if (star >= 0) {
      g = star + 1;
      resume += 1;
      t = resume;
    } else {
      return false;
    }
  }
  while (glob[g] === anyParts) g += 1;
  return g === glob.length;
}
