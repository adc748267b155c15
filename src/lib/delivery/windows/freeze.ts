import { z } from 'zod';
import { matchesGlob } from '../../routes/match/glob.ts';
import type { Window } from '../../routes/route.ts';

/** A closure that a person ordered: of every environment, or of those that it names. */
export const freezeSchema = z.object({
  id: z.string(),
  /** Absent: every environment. */
  environment: z.string().exactOptional(),
  /** Glob of route names; absent: every route. */
  route: z.string().exactOptional(),
  /** ISO 8601. Plans obey a freeze as soon as they read it. It is promised from this time on. */
  from: z.string(),
  /** ISO 8601. */
  until: z.string(),
  reason: z.string(),
});

export type Freeze = Readonly<z.infer<typeof freezeSchema>>;

interface Place {
  readonly route: string;
  readonly environment: string;
}

export function freezes({ environment, route }: Pick<Freeze, 'environment' | 'route'>, place: Place): boolean {
  return (
    (environment === undefined || environment === place.environment) &&
    (route === undefined || matchesGlob(route, place.route, 'path'))
  );
}

/** A freeze as a window that is closed from now on. */
export function closureOf({ until, reason }: Freeze): Window {
  return { kind: 'deny', from: new Date(0).toISOString(), to: until, reason: `frozen: ${reason}` };
}
