import type { KnownBuild } from '../../model/image-origin.ts';
import type { ImageContents, SourceChange } from '../../model/source-change.ts';
import { printable } from './commit-message.ts';
import { codeSpan, linkTo } from './markdown.ts';

/** Commits that are listed; the others are counted. */
const mostListed = 20;
/** Azure DevOps is asked for one more than this. */
const mostCounted = 100;
const longestMessage = 72;

/**
 * The source commits between two builds, in Markdown. Texts of other people are code spans.
 *
 * @param longest the most characters; empty if there is no room for the first line
 */
export function contentsText({ from, to, changes }: ImageContents, longest: number): string {
  if (!from)
    return within('The build of the present image is unknown, so the commits since then are not listed.', longest);
  const builds = `from ${buildLink(from)} to ${buildLink(to)}`;
  if (!changes) return within(`The commits ${builds} could not be read.`, longest);
  if (changes.length === 0) return within(`No commits ${builds}.`, longest);
  const head = `${counted(changes.length)} ${builds}${compareLink(from, to)}:\n`;
  if (head.length > longest) return '';
  const lines = changes
    .slice(0, mostListed)
    .map((change) => `\n- ${commitLink(change, to)} ${messageOf(change)}`.trimEnd());
  let listed = 0;
  let text = head;
  for (const line of lines) {
    if (text.length + line.length + longestRest > longest) break;
    text += line;
    listed += 1;
  }
  if (listed === changes.length) return text;
  const more = changes.length > mostCounted ? `more than ${mostCounted - listed}` : `${changes.length - listed}`;
  return within(`${text}\n- and ${more} more`, longest);
}

const longestRest = '\n- and more than 100 more'.length;

function within(text: string, longest: number): string {
  return text.length <= longest ? text : '';
}

function counted(count: number): string {
  if (count > mostCounted) return `**More than ${mostCounted} commits**`;
  return `**${count} commit${count === 1 ? '' : 's'}**`;
}

function messageOf({ message }: SourceChange): string {
  const [first = ''] = message.split(/[\r\n]/, 1);
  return codeSpan(printable(first, longestMessage));
}

function commitLink({ id }: SourceChange, { repository }: KnownBuild): string {
  if (!/^[0-9a-f]{7,64}$/i.test(id)) return codeSpan(printable(id, 12));
  return linkTo(codeSpan(id.slice(0, 8)), repository === undefined ? undefined : `${repository}/commit/${id}`);
}

function buildLink({ number, url }: KnownBuild): string {
  return linkTo(codeSpan(printable(number, 40).replace(/[[\]]/g, '')), url);
}

function compareLink({ sourceVersion: from }: KnownBuild, { sourceVersion: to, repository }: KnownBuild): string {
  if (repository === undefined) return '';
  const path = repository.startsWith('https://github.com/')
    ? `compare/${from}...${to}`
    : `branchCompare?baseVersion=GC${from}&targetVersion=GC${to}`;
  return ` (${linkTo('compare', `${repository}/${path}`)})`;
}
