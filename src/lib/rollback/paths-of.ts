import { posix } from 'node:path';
import type { SyncResult, SyncSource } from '../intake/sync-result.ts';
import type { Environment } from '../routes/route.ts';

/**
 * The paths of an application in a repository: those of its sources with their value files, and the files of the route. If
 * sources or value files are not known, the folders of those files, because other files of theirs may be value files.
 *
 * @param isOfRepository whether a URL of a source names the repository
 */
export function pathsOf(
  { sources, hydrator }: Pick<SyncResult, 'sources' | 'hydrator'>,
  { update }: Pick<Environment, 'update'>,
  isOfRepository: (url: string) => boolean,
): readonly string[] {
  const all = hydrator ? [hydrator.source] : sources;
  const isOurs = ({ repoUrl, chart }: SyncSource): boolean => chart === undefined && isOfRepository(repoUrl);
  const ours = all.filter(isOurs);
  const isKnown =
    ours.length > 0 &&
    ours.every(({ path, ref }) => path !== undefined || ref !== undefined) &&
    all.every(({ valueFiles }) => valueFiles !== undefined);
  const files = update.map(({ file }) => (isKnown ? file : posix.dirname(file)));
  const refs = new Map(all.flatMap((source) => (source.ref === undefined ? [] : [[source.ref, isOurs(source)]])));
  const valueFiles = all.flatMap((source) =>
    (source.valueFiles ?? []).flatMap((text) => placeOf(text, source, isOurs(source), refs) ?? []),
  );
  const paths = [...ours.flatMap(({ path }) => path ?? []), ...valueFiles, ...files];
  return [...new Set(paths.map((path) => posix.normalize(path).replace(/^\.?\/+|\/+$|^\.$/g, '')))];
}

/** The path of a value file in the repository, or the folder above its first pattern or variable. */
function placeOf(
  text: string,
  { path = '' }: SyncSource,
  isOurs: boolean,
  refs: ReadonlyMap<string, boolean>,
): string | undefined {
  const [, ref = '', below = ''] = /^\$([^/]+)\/(.*)$/.exec(text) ?? [];
  const isReferenced = refs.get(ref);
  if (isReferenced !== undefined) return isReferenced ? fixedPart(below) : undefined;
  if (!isOurs || /^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return undefined;
  return fixedPart(text.startsWith('/') ? text : posix.join(path, text));
}

function fixedPart(path: string): string {
  const at = path.search(/[*?[{$]/);
  return at < 0 ? path : path.slice(0, path.lastIndexOf('/', at) + 1);
}
