import type { Deployment } from '../model/deployment.ts';

/** When a record last became healthy, in milliseconds since 1970. */
export function healthyTime({ states, updatedAt }: Pick<Deployment, 'states' | 'updatedAt'>): number {
  return Date.parse(states.findLast(({ state }) => state === 'healthy')?.at ?? updatedAt);
}
