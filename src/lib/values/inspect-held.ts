import { Failure } from '../model/failure.ts';
import { writesDigest } from '../model/file-edit.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import type { Environment } from '../routes/route.ts';
import { inspect } from './inspect.ts';
import type { Inspection, OpenedFile } from './inspect.ts';

/** A digest that no file holds. */
const noDigest = `sha256:${'0'.repeat(64)}`;

/**
 * The values of an environment in files, read without a new one.
 *
 * @param image `registry/repository`
 * @throws {Failure} the editor's findings
 */
export function inspectHeld(
  { environment, image, route }: { readonly environment: Environment; readonly image: string; readonly route: string },
  files: ReadonlyMap<string, OpenedFile>,
): Inspection {
  const at = image.indexOf('/');
  const update: TagUpdate = {
    id: '0'.repeat(32),
    route,
    environment: environment.name,
    image: {
      registry: image.slice(0, at),
      repository: image.slice(at + 1),
      tag: '0',
      ...(environment.update.some(writesDigest) && { digest: noDigest }),
    },
    pushedAt: new Date(0).toISOString(),
    cause: { kind: 'push' },
  };
  const inspection = inspect({ update, environment }, files);
  if (inspection !== 'ignored') return inspection;
  throw new Failure(
    'file-not-found',
    `The files of ${route} in ${environment.name} do not exist or do not use the image.`,
    { place: { route, environment: environment.name, repository: environment.repository } },
  );
}
