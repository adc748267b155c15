import type { Environment } from '../route.ts';

/**
 * Whether windows or sources decide when an environment is written. An image that waits must not hold up the others of a
 * group, and the Git host must not complete its pull request: tagrelay does it, when they allow it.
 */
export function isHeldBack({ windows, promoteFrom }: Pick<Environment, 'windows' | 'promoteFrom'>): boolean {
  return windows.length > 0 || promoteFrom.length > 0;
}
