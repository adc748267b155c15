import type { FunctionInfo } from './host-event.ts';

/**
 * The functions that share instances on Flex Consumption: all HTTP functions together, every other function alone
 * ("Per-function scaling" in the documentation of the Flex Consumption plan). Named as in `alwaysReady`.
 */
export type FunctionGroup = 'http' | `function:${string}`;

export function groupOf({ name, trigger }: Pick<FunctionInfo, 'name' | 'trigger'>): FunctionGroup {
  return trigger === 'http' ? 'http' : `function:${name}`;
}
