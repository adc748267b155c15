import { ItemContentType, VersionControlChangeType } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { z } from 'zod';
import { invalidArgument, ServiceError } from '../server/service-error.ts';
import { optional } from '../server/optional.ts';
import { isObjectId } from '../store/object-id.ts';
import { isRefName } from '../store/ref-name.ts';
import { parseItemPath } from './item-path.ts';
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

/** A path, as sent and as entry names. */
export interface ItemPath {
  readonly text: string;
  readonly names: readonly string[];
}

/** One change of a file, checked as far as possible without the repository. */
export type Change =
  | { readonly type: 'add' | 'edit'; readonly path: ItemPath; readonly text: string; readonly isBase64: boolean }
  | { readonly type: 'delete'; readonly path: ItemPath }
  | { readonly type: 'rename'; readonly path: ItemPath; readonly source: ItemPath };

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
  const changes = commit.changes.map(checkChange);
  refuseRepeats(changes);
  const { comment, author, committer } = commit;
  return { ref, oldObjectId, comment, parent: parents[0], author, committer, changes };
}

function checkChange({ changeType, item, sourceServerItem, newContent }: ChangeBody): Change {
  const path = checkPath(item.path, 'path');
  const type = readEnum(changeTypes, changeType, 'changeType');
  if (type === VersionControlChangeType.Add || type === VersionControlChangeType.Edit) {
    if (newContent === undefined) throw invalidArgument(`The change of '${path.text}' needs content.`, 'newContent');
    const { content, contentType } = newContent;
    const isBase64 =
      readEnum(contentTypes, contentType, 'contentType', ItemContentType.RawText) === ItemContentType.Base64Encoded;
    if (isBase64 && !isBase64Text(content)) {
      throw invalidArgument(`The content of '${path.text}' is not base64.`, 'content');
    }
    return { type: type === VersionControlChangeType.Add ? 'add' : 'edit', path, text: content, isBase64 };
  }
  if (newContent !== undefined) throw invalidArgument(`The change of '${path.text}' takes no content.`, 'newContent');
  if (type === VersionControlChangeType.Delete) return { type: 'delete', path };
  const source = checkPath(sourceServerItem ?? '', 'sourceServerItem');
  if (`${path.text}/`.startsWith(`${source.text}/`)) {
    throw invalidArgument(`'${source.text}' cannot be moved into itself.`, 'sourceServerItem');
  }
  return { type: 'rename', path, source };
}

function checkPath(text: string, parameter: string): ItemPath {
  const names = parseItemPath(text, parameter);
  if (text.startsWith('/') && names.length > 0) return { text, names };
  throw invalidArgument(`The path '${text}' is not one of a file, such as '/apps/values.yaml'.`, parameter);
}

function refuseRepeats(changes: readonly Change[]): void {
  const seen = new Set<string>();
  for (const change of changes) {
    for (const { names, text } of change.type === 'rename' ? [change.path, change.source] : [change.path]) {
      const name = names.join('/');
      if (seen.has(name)) throw invalidArgument(`The path '${text}' is named twice in one push.`, 'changes');
      seen.add(name);
    }
  }
}

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

function isBase64Text(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
