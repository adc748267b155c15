import { formatTrailer } from '../../model/trailers.ts';
import type { ImageUpdate } from '../../model/trailers.ts';
import { parseImageReference } from '../../model/image-reference.ts';
import { tryParseUrl } from '../../net/url.ts';
import { commitMessage, commitSubject, imageUpdate, printable } from './commit-message.ts';
import { editWarnings } from '../../values/inspect.ts';
import type { Inspection } from '../../values/inspect.ts';
import type { ImageContents } from '../../model/source-change.ts';
import { contentsText } from './contents-text.ts';
import { codeSpan, linkTo } from './markdown.ts';
import { skipCiMark } from './skip-ci.ts';

/** Limits of Azure Repos, in UTF-16 code units. */
const maxTitle = 400;
const maxDescription = 4_000;
/** The most characters of the table and of the notes in the description; the rest is for the trailers. */
const maxTable = 2_000;
/** Characters that the source commits of one update take at most, and that are kept for trailers. */
const maxContents = 2_000;
const maxTrailers = 1_500;
const maxNotes = 1_200;

/** The title and texts of a pull request. */
export interface ProposalText {
  readonly title: string;
  /** Markdown: a table for people, and in the last paragraph as many trailers as fit. */
  readonly description: string;
  /** For the commit on the target, where the pull request completes by itself. */
  readonly mergeMessage: string;
}

/**
 * @param notes other facts for people, a sentence each
 * @param contents the source commits of some of the updates
 */
export function proposalText(
  updates: readonly Inspection[],
  notes: readonly string[],
  contents: readonly ImageContents[] = [],
): ProposalText {
  const changes = updates.map(imageUpdate);
  const warnings = [...new Set(updates.flatMap(editWarnings))].map((warning) => `⚠ ${warning}`);
  const facts = [table(changes), ...bounded([...updates.flatMap(promotionNote), ...notes, ...warnings])].join('\n\n');
  const head = withContents(facts, contents, changes);
  const subject = commitSubject(updates);
  const message = commitMessage(updates);
  return {
    title: shortSubject(subject),
    description: withTrailers(head, changes),
    mergeMessage: message.length > maxDescription ? withTrailers(shortSubject(subject), changes) : message,
  };
}

/** As many notes as fit. */
function bounded(notes: readonly string[]): readonly string[] {
  const shown: string[] = [];
  let length = 0;
  for (const note of notes.map((text) => printable(text, 300))) {
    length += note.length;
    if (length > maxNotes) return [...shown, `… and ${notes.length - shown.length} more notes.`];
    shown.push(note);
  }
  return shown;
}

/** The trailers have room first. */
function withContents(head: string, contents: readonly ImageContents[], changes: readonly ImageUpdate[]): string {
  const [first] = changes;
  const trailers = first ? formatTrailer(first).length * changes.length : 0;
  let text = head;
  for (const one of contents) {
    const room = maxDescription - Math.min(trailers, maxTrailers) - text.length;
    const part = contentsText(one, Math.min(room - 4, maxContents));
    if (part !== '') text += `\n\n${part}`;
  }
  return text;
}

/** Where a promotion comes from: `Promotes 1.4.2 from staging, healthy since 2026-11-20 10:00 UTC.` */
function promotionNote({ resolved }: Inspection): readonly string[] {
  const { update, promotedFrom = [] } = resolved;
  if (promotedFrom.length === 0) return [];
  const sources = promotedFrom.map(
    ({ environment, since }) => `${environment}, healthy since ${since.slice(0, 16).replace('T', ' ')} UTC`,
  );
  return [`Promotes ${update.image.tag} from ${sources.join('; from ')}.`];
}

/** The mark that makes CI skip the merge stays. */
function shortSubject(subject: string): string {
  if (subject.length <= maxTitle) return subject;
  const mark = subject.endsWith(skipCiMark) ? skipCiMark : '';
  return `${subject.slice(0, maxTitle - 1 - mark.length)}…${mark}`;
}

/** The trailers come last, where `git interpret-trailers` reads them when the description becomes a commit message. */
function withTrailers(head: string, changes: readonly ImageUpdate[]): string {
  let text = `${head}\n`;
  for (const change of changes) {
    const next = `${text}\n${formatTrailer(change)}`;
    if (next.length > maxDescription) break;
    text = next;
  }
  return text.trimEnd();
}

function table(changes: readonly ImageUpdate[]): string {
  const hasLinks = changes.some(({ build, source }) => build !== undefined || source !== undefined);
  const columns = ['Route', 'Environment', 'From', 'To', ...(hasLinks ? ['Build', 'Source'] : [])];
  let text = `| ${columns.join(' | ')} |\n|${columns.map(() => '---|').join('')}`;
  for (const [index, change] of changes.entries()) {
    const tag = parseImageReference(change.image)?.tag ?? change.image;
    const cells = [change.route, change.environment, change.previous, tag].map(cell);
    const links = hasLinks ? [buildLink(change.build), sourceLink(change.source)] : [];
    const row = `\n| ${[...cells, ...links].join(' | ')} |`;
    if (text.length + row.length > maxTable) return `${text}\n\n… and ${changes.length - index} more.`;
    text += row;
  }
  return text;
}

/** A bar would end the cell. */
function cell(text: string | undefined): string {
  return codeSpan(printable(text ?? '').replaceAll('|', '\\|'));
}

function buildLink(build: string | undefined): string {
  const number =
    tryParseUrl(build ?? '')
      ?.searchParams.get('buildId')
      ?.match(/^\d+$/)?.[0] ?? 'build';
  return linkOrNothing(number, build);
}

/** `source` is the repository's URL, `@` and the commit. */
function sourceLink(source: string | undefined): string {
  const [, repository, commit] = /^(.+)@([0-9a-f]{7,64})$/.exec(source ?? '') ?? [];
  return commit === undefined ? '' : linkOrNothing(commit.slice(0, 8), `${repository}/commit/${commit}`);
}

function linkOrNothing(text: string, url: string | undefined): string {
  const link = linkTo(text, url);
  return link === text ? '' : link;
}
