import { formatTrailer } from '../../model/trailers.ts';
import type { ImageUpdate } from '../../model/trailers.ts';
import { formatImageReference, imageName } from '../../model/image-reference.ts';
import { writesDigest } from '../../model/file-edit.ts';
import { isRollback } from '../../model/tag-update.ts';
import type { TagUpdate } from '../../model/tag-update.ts';
import { editWarnings } from '../../values/inspect.ts';
import type { Inspection } from '../../values/inspect.ts';
import { skipCiMark, skipsCi } from './skip-ci.ts';

/** Warnings in the message of a group; the records have all. */
const maxWarnings = 20;

/**
 * The message of one commit: a subject for people and one `Image-Update` trailer per update, so that
 * Git history shows each deployment.
 */
export function commitMessage(updates: readonly Inspection[]): string {
  const list = updates.length > 1 ? [updates.map((update) => `- ${describe(update)}`).join('\n')] : [];
  const warnings = [...new Set(updates.flatMap(editWarnings))].slice(0, maxWarnings);
  const warned =
    warnings.length > 0 ? [warnings.map((warning) => `Warning, ${printable(warning, 300)}`).join('\n')] : [];
  const reasons = updates.flatMap(({ resolved }) => rollbackReason(resolved.update));
  const trailers = updates.map((update) => formatTrailer(imageUpdate(update)));
  return [commitSubject(updates), ...list, ...reasons, ...warned, trailers.join('\n')].join('\n\n');
}

/** The first line of the message. */
export function commitSubject(updates: readonly Inspection[]): string {
  const [only] = updates;
  const subject = updates.length === 1 && only ? singleSubject(only) : `deploy: ${updates.length} image updates`;
  return updates.some(({ resolved }) => skipsCi(resolved)) ? `${subject}${skipCiMark}` : subject;
}

/** Whether a commit with this first line can be one of tagrelay. */
export function maySayUpdates(subject: string): boolean {
  return subject.startsWith('deploy');
}

function singleSubject(inspection: Inspection): string {
  const { update, environment } = inspection.resolved;
  return `deploy(${printable(update.route)}): ${environment.name} ${transition(inspection)}`;
}

function describe(inspection: Inspection): string {
  const { update, environment } = inspection.resolved;
  return `${printable(update.route)}: ${environment.name} ${transition(inspection)}`;
}

function transition(inspection: Inspection): string {
  const { tag } = inspection.resolved.update.image;
  const previous = previousTag(inspection);
  if (previous === undefined) return tag;
  if (isRollback(inspection.resolved.update)) return `rolled back ${printable(previous)} → ${tag}`;
  return previous === tag ? `${tag} (rebuilt)` : `${printable(previous)} → ${tag}`;
}

/** The trailer of an update. */
export function imageUpdate(inspection: Inspection): ImageUpdate {
  const { update, environment, build } = inspection.resolved;
  const { image, id, route, pushedAt } = update;
  const previous = previousTag(inspection);
  const digestIsWritten = environment.update.some(writesDigest);
  return {
    route,
    environment: environment.name,
    image: digestIsWritten ? formatImageReference(image) : `${imageName(image)}:${image.tag}`,
    ...(previous === undefined ? {} : { previous }),
    pushed: pushedAt,
    id,
    ...(build?.repository !== undefined && { source: `${build.repository}@${build.sourceVersion}` }),
    ...(build && { build: build.url }),
    ...causeFields(update),
  };
}

/** Who ordered a rollback, and why. */
function rollbackReason({ cause }: TagUpdate): string[] {
  if (cause.kind !== 'rollback') return [];
  const who = cause.automatic ? 'Automatic rollback' : `Rollback by ${printable(cause.actor ?? 'a person')}`;
  return [`${who}: ${printable(cause.reason, 300)}`];
}

/** A push is the usual cause and is not written. */
function causeFields({ cause }: TagUpdate): Pick<ImageUpdate, 'cause' | 'of' | 'from'> {
  if (cause.kind === 'rollback') return { cause: cause.kind, ...(cause.of !== undefined && { of: cause.of }) };
  if (cause.kind !== 'promotion') return {};
  return { cause: cause.kind, from: cause.from.map(({ environment, id }) => `${environment}:${id}`).join(',') };
}

/** The tag that is replaced; where the files held several, the first that differs. */
export function previousTag({ resolved, currentTags }: Inspection): string | undefined {
  return currentTags.find((tag) => tag !== resolved.update.image.tag) ?? currentTags[0];
}

/** The former value of a file can be any text: people see one short line. */
export function printable(text: string, longest = 80): string {
  const oneLine = text.replace(/[\s\p{C}]+/gu, ' ').trim();
  return oneLine.length > longest ? `${oneLine.slice(0, longest - 1)}…` : oneLine;
}
