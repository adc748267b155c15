import type { Deployment } from '../model/deployment.ts';
import type { GateSelector } from '../intake/gate-request.ts';
import { matchesGlob } from '../routes/match/glob.ts';
import type { OpenGate } from './gate.ts';

/** Whether a gate may have to be looked at because this deployment has changed. */
export function concerns({ environment, selector, collection, found }: OpenGate, deployment: Deployment): boolean {
  if (deployment.update.environment !== environment) return false;
  // A newer deployment of a route that the gate waits for decides it where the older one is superseded.
  return found.includes(deployment.update.route) || isSelected(deployment, selector, collection);
}

/** Whether a deployment is what a gate asks for, apart from its route. */
export function isSelected(
  { update, build, source, commit }: Deployment,
  selector: GateSelector,
  collection: string,
): boolean {
  switch (selector.kind) {
    case 'build':
      return build?.id === selector.build && build.collection.toLowerCase() === collection.toLowerCase();
    case 'tag':
      return update.image.tag === selector.tag;
    case 'commit':
      return commit === selector.commit || source?.commit === selector.commit;
    default:
      return selector satisfies never;
  }
}

/** Whether a name or glob of the question means this route. */
export function isAskedRoute(routes: readonly string[] | undefined, route: string): boolean {
  return routes === undefined || routes.some((pattern) => pattern === route || matchesGlob(pattern, route, 'name'));
}

/** Whether it names one route; else it is a glob. */
export function isRouteName(pattern: string): boolean {
  return !/[*?]/.test(pattern);
}
