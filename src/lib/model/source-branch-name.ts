import { createHash } from 'node:crypto';

/** The start of the names of all source branches of tagrelay. */
export const sourcePrefix = 'tagrelay';
const longestPart = 100;

/** `tagrelay/<route>/<environment>`: the branch from which an environment of one route is proposed. */
export function routeBranch(route: string, environment: string): string {
  return `${sourcePrefix}/${encodePart(route)}/${encodePart(environment)}`;
}

/** `tagrelay-rollback/<route>/<environment>`: the branch from which a rollback is proposed. */
export function rollbackBranch(route: string, environment: string): string {
  return `${sourcePrefix}-rollback/${encodePart(route)}/${encodePart(environment)}`;
}

/**
 * `tagrelay-group/<environment>`: the branch from which all routes of an environment are proposed. Another target than
 * the repository's default branch is named as well: a pull request has one target.
 */
export function groupBranch(environment: string, target: string, defaultBranch: string): string {
  const suffix = target === defaultBranch ? '' : `=on=${encodePart(target)}`;
  return `${sourcePrefix}-group/${encodePart(environment)}${suffix}`;
}

/**
 * One part of a branch name that Git accepts ("git check-ref-format"). `/` becomes `+`, so that no name is a folder of
 * another's; what Git or a URL would not take is `=` and two hexadecimal digits a byte. No two texts give one part.
 */
function encodePart(text: string): string {
  const encoded = text
    .replace(/[^A-Za-z0-9._/-]/gu, escapeBytes)
    .replace(/^[.-]|\.(?=\.|$|lock$)/g, escapeBytes)
    .replaceAll('/', '+');
  if (encoded.length <= longestPart) return encoded;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `${encoded.slice(0, longestPart - hash.length - 2)}==${hash}`;
}

function escapeBytes(text: string): string {
  return [...Buffer.from(text, 'utf8')].map((byte) => `=${byte.toString(16).padStart(2, '0')}`).join('');
}
