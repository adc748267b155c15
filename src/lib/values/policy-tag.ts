import type { Environment } from '../routes/route.ts';

/**
 * A tag as the tag policy and the files of an environment have it: of charts `_` stands for the `+` of a version, which a
 * tag may not hold.
 */
export function policyTag({ update }: Pick<Environment, 'update'>, tag: string): string {
  return update.some(({ kind }) => kind === 'chart') ? tag.replaceAll('_', '+') : tag;
}
