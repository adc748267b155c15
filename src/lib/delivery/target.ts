import type { Repositories } from '../git/repositories.ts';
import type { Environment } from '../routes/route.ts';
import type { Target } from './delivery.ts';

/** The branch that an environment is written to. */
export function targetOf(
  { repository: url, branch }: Pick<Environment, 'repository' | 'branch'>,
  repositories: Repositories,
): Target {
  const { key, repository } = repositories.open(url);
  return { key: `${key}#${branch ?? ''}`, repository, branch };
}

/** The way back from a target's key; a URL in canonical form holds no `#`. */
export function targetOfKey(key: string, repositories: Repositories): Target {
  const at = key.indexOf('#');
  const branch = key.slice(at + 1);
  const { repository } = repositories.open(key.slice(0, at));
  return { key, repository, branch: branch === '' ? undefined : branch };
}
