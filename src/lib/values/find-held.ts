import type { Commit, GitOpsRepository } from '../git/repository.ts';
import { Failure } from '../model/failure.ts';
import { imageName } from '../model/image-reference.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import type { Environment } from '../routes/route.ts';
import { introducingCommit } from './find-introduction.ts';
import { heldImage, heldText } from './held-image.ts';
import { heldValue, holdsValue } from './held-value.ts';
import type { Inspection, OpenedFile } from './inspect.ts';
import { inspectHeld } from './inspect-held.ts';
import { readFiles } from './read-files.ts';

export interface Held {
  /** Whether it is the value of the update; `undefined` if the two cannot be compared. */
  readonly isOwn: boolean | undefined;
  /** Tags and digests; empty if there is none. */
  readonly value: string;
  /** The commit that put it there; `undefined` if it is not known. */
  readonly findCommit: () => Promise<Commit | undefined>;
}

/** The value that the files of an environment hold at a commit, compared with an update's. @throws {Failure} */
export async function findHeld(
  update: TagUpdate,
  {
    environment,
    revision,
    repository,
  }: {
    readonly environment: Environment;
    readonly revision: string;
    readonly repository: Pick<GitOpsRepository, 'read' | 'history'>;
  },
): Promise<Held> {
  const files = await readFiles(repository, revision, [{ environment }]);
  const own = heldValue({ update, environment }, files);
  const held = tryInspectHeld({ environment, image: imageName(update.image), route: update.route }, files);
  const image = held && heldImage(held);
  const isHeld = (commit: string): Promise<boolean> =>
    image
      ? holdsValue({ update: { ...update, image }, environment }, commit, repository)
      : holdsValue({ update, environment }, commit, repository).then((isOwn) => !isOwn);
  const [file] = environment.update;
  return {
    isOwn: own === undefined ? undefined : own === 'own',
    value: held ? heldText(held) : '',
    findCommit: async () => {
      const commit = file && (await introducingCommit(file.file, isHeld, revision, repository));
      const parent = commit?.parents[0];
      // The commit lies deeper than the history that was read.
      return parent !== undefined && (await isHeld(parent)) ? undefined : commit;
    },
  };
}

function tryInspectHeld(
  place: Parameters<typeof inspectHeld>[0],
  files: ReadonlyMap<string, OpenedFile>,
): Inspection | undefined {
  try {
    return inspectHeld(place, files);
  } catch (error) {
    if (error instanceof Failure && error.kind === 'permanent') return undefined;
    throw error;
  }
}
