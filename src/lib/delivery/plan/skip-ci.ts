import { parseRepositoryUrl } from '../../net/repository-url.ts';
import type { ResolvedUpdate } from '../../values/inspect.ts';

/** The text by which Azure Pipelines, GitHub and GitLab do not build a commit. */
export const skipCiMark = ' [skip ci]';

/**
 * Whether the commit of an update asks CI to skip it. With `auto` it does if the image was built from the same repository:
 * else the pipeline there would build another image, tagrelay would commit its tag, and so on. The claim of an image label
 * is enough: a false one only skips the build of a commit that changes a tag.
 */
export function skipsCi({ environment, builtFrom }: Pick<ResolvedUpdate, 'environment' | 'builtFrom'>): boolean {
  const { skipCi, repository, build } = environment;
  if (skipCi !== 'auto') return skipCi === 'always';
  const target = keyOf(repository);
  return target !== undefined && [builtFrom, build?.repository].some((source) => keyOf(source) === target);
}

/** The key of a repository in any case: hardly any host has two repositories whose names differ only by case. */
function keyOf(url: string | undefined): string | undefined {
  const address = url === undefined ? undefined : parseRepositoryUrl(url);
  return address && 'key' in address ? address.key.toLowerCase() : undefined;
}
