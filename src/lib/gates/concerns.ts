import type { Deployment } from '../model/deployment.ts';
import type { GateSelector } from '../intake/gate-request.ts';
import { matchesGlob } from '../routes/match/glob.ts';
import type { OpenGate } from './gate.ts';

/** Whether a change of this deployment can decide the gate. */
export function concerns({ environment, selector, collection, found }: OpenGate, deployment: Deployment): boolean {
  if (deployment.update.environment !== environment) return false;
  // If a deployment is superseded, the newer deployment of its route decides the gate.
  return found.includes(deployment.update.route) || isSelected(deployment, selector, collection);
}

/** Whether a selector selects a deployment; routes are compared elsewhere. */
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

/** Whether a name or glob of the question matches the route. */
export function isAskedRoute(routes: readonly string[] | undefined, route: string): boolean {
  return routes === undefined || routes.some((pattern) => pattern === route || matchesGlob(pattern, route, 'name'));
}

/** Whether a pattern is the name of one route. Otherwise it is a glob. */
export function isRouteName(pattern: string): boolean {
  return !/[*?]/.test(pattern);
}
