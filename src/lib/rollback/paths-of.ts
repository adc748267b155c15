import { posix } from 'node:path';
import type { SyncResult } from '../intake/sync-result.ts';
import type { Environment } from '../routes/route.ts';

/**
 * The paths of an application in a repository: those of its sources and the files of the route. If a source has no path,
 * the folders of those files, because other files of theirs may be its value files.
 *
 * @param isOfRepository whether a URL of a source names the repository
 */
export function pathsOf(
  { sources, hydrator }: Pick<SyncResult, 'sources' | 'hydrator'>,
  { update }: Pick<Environment, 'update'>,
  isOfRepository: (url: string) => boolean,
): readonly string[] {
  const all = hydrator ? [hydrator.source] : sources;
  const ours = all.filter(({ repoUrl, chart }) => chart === undefined && isOfRepository(repoUrl));
  const isKnown = ours.length > 0 && ours.every(({ path }) => path !== undefined);
  const files = update.map(({ file }) => (isKnown ? file : posix.dirname(file)));
  const paths = [...ours.flatMap(({ path }) => path ?? []), ...files].map((path) => posix.normalize(path));
  return [...new Set(paths.map((path) => path.replace(/^\.?\/+|\/+$|^\.$/g, '')))];
}
