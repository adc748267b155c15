import { z } from 'zod';
import type { EnvironmentKey } from '../../deployments/store.ts';
import { matchesGlob } from '../../routes/match/glob.ts';
import type { Window } from '../../routes/route.ts';

/** A closure that a person ordered. Without `environment` it closes every environment of its routes, without `route` every route. */
export const freezeSchema = z.object({
  environment: z.string().exactOptional(),
  /** A glob of route names; `*` matches any characters. */
  route: z.string().exactOptional(),
  /** ISO 8601. */
  until: z.string(),
  reason: z.string(),
  /** The person, as the caller named them. */
  actor: z.string(),
  /** When it was ordered, ISO 8601. */
  at: z.string(),
});

export type Freeze = Readonly<z.infer<typeof freezeSchema>>;
/** One freeze of a key is in force at a time. */
export type FreezeKey = Pick<Freeze, 'environment' | 'route'>;

/** Whether a freeze is meant for an environment of a route. */
export function concernsEnvironment(freeze: FreezeKey, { route, environment }: EnvironmentKey): boolean {
  if ((freeze.environment ?? environment) !== environment) return false;
  return freeze.route === undefined || freeze.route === route || matchesGlob(freeze.route, route, 'name');
}

/** The freezes that close an environment now. A freeze closes for each plan that reads it, whatever its clock. */
export function freezesOf(freezes: readonly Freeze[], key: EnvironmentKey, now: Date): readonly Freeze[] {
  return freezes.filter((freeze) => isInForce(freeze, now) && concernsEnvironment(freeze, key));
}

export function isInForce({ until }: Freeze, now: Date): boolean {
  return now.getTime() < Date.parse(until);
}

/** The freeze as a window that has been closed for ever, so that windows and freezes have one next opening. */
export function asWindow({ until, reason }: Freeze): Window {
  return { kind: 'deny', from: '1970-01-01T00:00:00Z', to: until, reason };
}

/** For people: what a freeze closes. */
export function describeFreeze({ environment, route }: FreezeKey): string {
  const routes = route === undefined ? 'every route' : route;
  return environment === undefined ? `every environment of ${routes}` : `${environment} of ${routes}`;
}
