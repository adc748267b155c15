import { ItemContentType, VersionControlChangeType } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { z } from 'zod';
import { invalidArgument, ServiceError } from '../server/service-error.ts';
import { optional } from '../server/optional.ts';
import { isObjectId } from '../store/object-id.ts';
import { isRefName } from '../store/ref-name.ts';
import { readEnum } from './version.ts';

const enumValue = z.union([z.string(), z.number()]);
const person = z.object({ name: optional(z.string()), email: optional(z.string()), date: optional(z.string()) });
const change = z.object({
  changeType: enumValue,
  item: z.object({ path: z.string() }),
  sourceServerItem: optional(z.string()),
  newContent: optional(z.object({ content: z.string(), contentType: optional(enumValue) })),
});

/** The body of a push: exactly one commit on exactly one branch, whose id the server chooses. */
export const pushSchema = z.object({
  refUpdates: z.array(z.object({ name: z.string(), oldObjectId: z.string(), newObjectId: optional(z.string()) })),
  commits: z.array(
    z.object({
      comment: optional(z.string()),
      commitId: optional(z.string()),
      parents: optional(z.array(z.string())),
      author: optional(person),
      committer: optional(person),
      changes: optional(z.array(change)),
    }),
  ),
});

export type Person = z.infer<typeof person> | undefined;
type ChangeBody = z.infer<typeof change>;

/** One change of a file, checked as far as that goes without looking at the repository. */
export type Change =
  | { readonly type: 'add' | 'edit'; readonly path: string; readonly text: string; readonly isBase64: boolean }
  | { readonly type: 'delete'; readonly path: string }
  | { readonly type: 'rename'; readonly path: string; readonly source: string };

export interface PushRequest {
  readonly ref: string;
  readonly oldObjectId: string;
  readonly comment: string;
  readonly parent: string | undefined;
  readonly author: Person;
  readonly committer: Person;
  readonly changes: readonly Change[];
}

const changeTypes = {
  add: VersionControlChangeType.Add,
  edit: VersionControlChangeType.Edit,
  rename: VersionControlChangeType.Rename,
  delete: VersionControlChangeType.Delete,
};
const contentTypes = { rawtext: ItemContentType.RawText, base64encoded: ItemContentType.Base64Encoded };

/** Checks a push against every rule that needs no repository. Throws a `ServiceError` (400) at the first that is broken. */
export function checkPush({ refUpdates, commits }: z.infer<typeof pushSchema>): PushRequest {
  const [refUpdate] = refUpdates;
  const [commit] = commits;
  if (refUpdate === undefined || refUpdates.length > 1) {
    throw invalidArgument('A push updates exactly one ref.', 'refUpdates');
  }
  if (commit === undefined || commits.length > 1) throw invalidArgument('A push has exactly one commit.', 'commits');
  const ref = refUpdate.name;
  const oldObjectId = refUpdate.oldObjectId.toLowerCase();
  if (!isRefName(ref) || !ref.startsWith('refs/heads/')) {
    throw new ServiceError('InvalidGitRefNameException', `TF401025: '${ref}' is not a valid name for a Git ref.`);
  }
  if (!isObjectId(oldObjectId)) throw invalidArgument('An object id has 40 hexadecimal digits.', 'oldObjectId');
  if (isGiven(refUpdate.newObjectId)) throw invalidArgument('The server chooses the new object id.', 'newObjectId');
  if (isGiven(commit.commitId)) throw invalidArgument('The server chooses the commit id.', 'commitId');
  if (!isGiven(commit.comment)) throw invalidArgument('A commit needs a comment.', 'comment');
  const parents = (commit.parents ?? []).map((id) => id.toLowerCase());
  if (parents.length > 1 || !parents.every(isObjectId))
    throw invalidArgument('A commit has at most one parent.', 'parents');
  if (commit.changes === undefined || commit.changes.length === 0)
    throw invalidArgument('A commit needs changes.', 'changes');
  return {
    ref,
    oldObjectId,
    comment: commit.comment,
    parent: parents[0],
    author: commit.author,
    committer: commit.committer,
    changes: commit.changes.map(checkChange),
  };
}

function checkChange({ changeType, item, sourceServerItem, newContent }: ChangeBody): Change {
  const { path } = item;
  if (!path.startsWith('/')) throw invalidArgument(`The path '${path}' does not begin with '/'.`, 'path');
  const type = readEnum(changeTypes, changeType, 'changeType');
  if (type === VersionControlChangeType.Add || type === VersionControlChangeType.Edit) {
    if (newContent === undefined) throw invalidArgument(`The change of '${path}' needs content.`, 'newContent');
    const contentType = readEnum(contentTypes, newContent.contentType, 'contentType', ItemContentType.RawText);
    const isBase64 = contentType === ItemContentType.Base64Encoded;
    if (isBase64 && !isBase64Text(newContent.content)) {
      throw invalidArgument(`The content of '${path}' is not base64.`, 'content');
    }
    return { type: type === VersionControlChangeType.Add ? 'add' : 'edit', path, text: newContent.content, isBase64 };
  }
  if (newContent !== undefined) throw invalidArgument(`The change of '${path}' takes no content.`, 'newContent');
  if (type === VersionControlChangeType.Delete) return { type: 'delete', path };
  if (!isGiven(sourceServerItem))
    throw invalidArgument(`The rename to '${path}' needs its source.`, 'sourceServerItem');
  return { type: 'rename', path, source: sourceServerItem };
}

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

function isBase64Text(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
