import semver from 'semver';
import { takesTag } from '../../lib/routes/match/tag-policy.ts';
import { isMovingTag } from '../../lib/routes/match/moving-tags.ts';
import { escaped, shortList } from './texts.ts';

/** A tag policy that accepts the tags of the files and their successors. */
export interface TagGuess {
  readonly match?: string;
  readonly semver?: string;
  readonly order: 'semver' | 'numeric' | 'newest';
  readonly why: string;
}

type Policy = Omit<TagGuess, 'why'>;

/** The policy that accepts all tags and the next ones, or the plain order by push time. */
export function guessTags(tags: readonly string[]): TagGuess {
  const all = [...new Set(tags)];
  const distinct = all.filter((tag) => !isMovingTag(tag));
  const shown = shortList(distinct);
  if (distinct.length === 0)
    return {
      order: 'newest',
      why: all.length === 0 ? 'no tag was found' : `${shortList(all)}: moving tags are not accepted`,
    };
  const policies = [semverPolicy(distinct), columnPolicy(distinct)].filter((policy) => policy !== undefined);
  const policy = policies.find((candidate) =>
    [...distinct, ...distinct.map(nextTag)].every((tag) => isTaken(candidate, tag)),
  );
  if (!policy) return { order: 'newest', why: `the tags in the files (${shown}) show no order` };
  const why = policy.order === 'newest' ? ', which show no order but the push time' : '';
  return { ...policy, why: `the tags in the files are like ${shown}${why}` };
}

/** Whether a policy accepts a tag, by the product's own rule. */
export function isTaken({ match, semver: range, order }: Policy, tag: string): boolean {
  const policy = {
    order,
    allowMovingTags: false,
    ...(match !== undefined && { match }),
    ...(range !== undefined && { semver: range }),
  };
  return takesTag(policy, tag).taken;
}

/** A tag that the next build could have. */
export function nextTag(tag: string): string {
  const version = /^(.*?)(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)$/.exec(tag);
  if (version && semver.valid(version[2] ?? '') !== null) {
    const next = semver.inc(version[2] ?? '', (version[2] ?? '').includes('-') ? 'prerelease' : 'patch');
    if (next !== null) return `${version[1] ?? ''}${next}`;
  }
  const pieces = piecesOf(tag);
  const counted = pieces.findLastIndex(isNumber);
  if (counted < 0 && !pieces.some(isSha)) return `${tag}-next`;
  return pieces
    .map((piece, index) => (index === counted ? increment(piece) : isSha(piece) ? otherSha(piece) : piece))
    .join('');
}

/** Words, numbers, ids of commits, and what separates them. */
function piecesOf(tag: string): readonly string[] {
  return tag.split(/([-_.])/).flatMap((piece) => {
    const parts = isSha(piece) ? null : /^([A-Za-z]+)(\d+)$/.exec(piece);
    return parts ? parts.slice(1) : [piece];
  });
}

function increment(digits: string): string {
  return String(BigInt(digits) + 1n).padStart(digits.length, '0');
}

function otherSha(sha: string): string {
  return `${sha.slice(0, -1)}${sha.endsWith('a') ? 'b' : 'a'}`;
}

function isNumber(piece: string): boolean {
  return /^\d+$/.test(piece);
}

function isSha(piece: string): boolean {
  return /^[0-9a-f]{7,40}$/.test(piece) && /[a-f]/.test(piece);
}

/** Versions, with what all tags have in front of them. */
function semverPolicy(tags: readonly string[]): Policy | undefined {
  const parts = tags.map((tag) => /^(|v|.*?[-_]v?)(\d+\.\d+\.\d+.*)$/.exec(tag));
  const prefix = parts[0]?.[1];
  const isPlain = parts.every((part) => /^v?$/.test(part?.[1] ?? 'none'));
  if (prefix === undefined || (!isPlain && parts.some((part) => part?.[1] !== prefix))) return undefined;
  const versions = parts.map((part) => semver.parse(part?.[2] ?? ''));
  if (versions.includes(null)) return undefined;
  const range = versions.some((version) => (version?.prerelease.length ?? 0) > 0) ? '>=0.0.0-0' : '>=0.0.0';
  if (isPlain) return { semver: range, order: 'semver' };
  const tail = range.endsWith('-0') ? '(?:-[0-9A-Za-z.-]+)?' : '';
  return { match: `^${escaped(prefix)}(\\d+\\.\\d+\\.\\d+${tail})$`, semver: range, order: 'semver' };
}

/** Tags of the same pieces: words that are equal in all, numbers, and ids of commits. */
function columnPolicy(tags: readonly string[]): Policy | undefined {
  const rows = tags.map(piecesOf);
  const [first] = rows;
  if (!first || rows.some((row) => row.length !== first.length)) return undefined;
  const columns = first.map((_, index) => columnPattern(rows.map((row) => row[index] ?? '')));
  if (columns.includes(undefined)) return undefined;
  const match = `^${columns.join('')}$`;
  if (columns.includes(number)) return { match, order: 'numeric' };
  return columns.some((column) => column?.startsWith('[0-9a-f]')) ? { match, order: 'newest' } : undefined;
}

const number = '(\\d+)';

function columnPattern(pieces: readonly string[]): string | undefined {
  const isHex = pieces.every((piece) => /^[0-9a-f]{6,40}$/.test(piece));
  if (isHex && pieces.some((piece) => /[a-f]/.test(piece))) {
    const shortest = Math.min(...pieces.map(({ length }) => length));
    return shortest === 40 ? '[0-9a-f]{40}' : `[0-9a-f]{${shortest},40}`;
  }
  if (pieces.every(isNumber)) return number;
  return new Set(pieces).size === 1 ? escaped(pieces[0] ?? '') : undefined;
}
