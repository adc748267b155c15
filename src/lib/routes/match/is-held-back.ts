import type { Environment } from '../route.ts';

/**
 * Whether something besides the pull request decides when an environment is written. One image that waits must not hold up
 * the others of a group.
 */
export function isHeldBack({ promoteFrom, windows }: Pick<Environment, 'promoteFrom' | 'windows'>): boolean {
  return promoteFrom.length > 0 || windows.length > 0;
}
