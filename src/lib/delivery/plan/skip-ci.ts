import { parseRepositoryUrl } from '../../net/repository-url.ts';
import type { ResolvedUpdate } from '../../values/inspect.ts';

/** What Azure Pipelines, GitHub and GitLab take for `do not build this commit`. */
export const skipCiMark = ' [skip ci]';

/**
 * Whether the commit of an update asks CI to skip it. By itself it does where it goes to the repository that the image was
 * built from, because the pipeline there would build an image of it, and that image would be committed, and so on. The
 * image's own label says enough: believed wrongly, it leaves out a build of a commit that changes a tag.
 */
export function skipsCi({ environment, builtFrom }: Pick<ResolvedUpdate, 'environment' | 'builtFrom'>): boolean {
  const { skipCi, repository, build } = environment;
  if (skipCi !== 'auto') return skipCi === 'always';
  const target = keyOf(repository);
  return target !== undefined && [builtFrom, build?.repository].some((source) => keyOf(source) === target);
}

/** What two URLs of a repository have in common. Of hosts that tell names apart by case, hardly any have two of one name. */
function keyOf(url: string | undefined): string | undefined {
  const address = url === undefined ? undefined : parseRepositoryUrl(url);
  return address && 'key' in address ? address.key.toLowerCase() : undefined;
}
