import { boundedKey, encodeKey } from '../storage/row-key.ts';
import type { EnvironmentKey } from './store.ts';

/** The partition of a route and environment: its mark, and the records of former versions. */
export function environmentPartition({ route, environment }: EnvironmentKey): string {
  return boundedKey(`${encodeKey(route)}|${encodeKey(environment)}`);
}
