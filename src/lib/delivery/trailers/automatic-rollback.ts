import type { Commit, GitOpsRepository } from '../../git/repository.ts';
import { Failure } from '../../model/failure.ts';
import { imageName } from '../../model/image-reference.ts';
import { jobById, rollbackId } from '../../model/tag-update.ts';
import type { TaggedImage, TagUpdate } from '../../model/tag-update.ts';
import type { ImageUpdate } from '../../model/trailers.ts';
import type { Environment } from '../../routes/route.ts';
import { heldImage, heldText } from '../../values/held-image.ts';
import { inspectHeld } from '../../values/inspect-held.ts';
import type { Inspection } from '../../values/inspect.ts';
import { readFiles } from '../../values/read-files.ts';

/**
 * The automatic rollback that a trailer names: its id is the one of a deployment, whose id is the one of the value that
 * the commit replaces. `undefined` for any other trailer.
 */
export async function automaticRollback(
  update: TagUpdate,
  { id, cause, of }: ImageUpdate,
  environment: Environment,
  { parents: [parent] }: Commit,
  repository: Pick<GitOpsRepository, 'read'>,
): Promise<TagUpdate | undefined> {
  if (cause !== 'rollback' || of === undefined || rollbackId(of) !== id || parent === undefined) return undefined;
  const replaced = await inspectAt(parent, update, environment, repository);
  const image: TaggedImage | undefined = replaced && heldImage(replaced);
  if (!replaced || !image || !jobById({ ...update, image }, of)) return undefined;
  const reason = 'found in Git';
  return { ...update, id, cause: { kind: 'rollback', of, automatic: true, reason, from: heldText(replaced) } };
}

async function inspectAt(
  commit: string,
  { route, image }: TagUpdate,
  environment: Environment,
  repository: Pick<GitOpsRepository, 'read'>,
): Promise<Inspection | undefined> {
  try {
    const files = await readFiles(repository, commit, [{ environment }]);
    return inspectHeld({ environment, route, image: imageName(image) }, files);
  } catch (error) {
    if (error instanceof Failure && error.kind === 'permanent') return undefined;
    throw error;
  }
}
