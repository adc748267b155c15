import { Failure } from '../model/failure.ts';
import { takesArtifact } from '../model/file-edit.ts';
import type { FileEdit } from '../model/file-edit.ts';
import { formatImageReference } from '../model/image-reference.ts';
import type { TaggedImage } from '../model/tag-update.ts';
import type { ArtifactDescription, Registry } from '../registry/registry.ts';

/**
 * The edits of an environment for the artifact that was pushed, by its manifest; the reason to ignore it where an edit is
 * for another kind of artifact.
 *
 * @throws {Failure} `registry-content-missing` and the failures of the registry
 */
export async function editsFor(
  image: TaggedImage,
  edits: readonly FileEdit[],
  registry: Pick<Registry, 'describe'>,
): Promise<readonly FileEdit[] | { readonly ignored: string }> {
  const name = formatImageReference(image);
  const pushed = await registry.describe(image);
  if (!pushed) {
    throw new Failure(
      'registry-content-missing',
      `The registry has the tag of ${name} and not its manifest. A replica may lag; otherwise push the image again.`,
    );
  }
  const { kind } = pushed;
  if (kind === 'other' || !edits.every((edit) => takesArtifact(edit, kind)))
    return { ignored: `${name} is ${describe(pushed)}, which the route does not deploy` };
  return edits.map((edit) => (edit.kind === 'application' ? { ...edit, artifact: kind } : edit));
}

function describe({ kind, type }: ArtifactDescription): string {
  if (kind === 'image') return 'a container image';
  return kind === 'chart' ? 'a Helm chart' : `an artifact of type ${type}`;
}
