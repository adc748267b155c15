import type { Environment } from '../route.ts';

/**
 * Whether windows decide when an environment is written. An image that waits must not hold up the others of a group, and
 * the Git host must not complete its pull request in a closed window.
 */
export function isHeldBack({ windows }: Pick<Environment, 'windows'>): boolean {
  return windows.length > 0;
}
