import type { HostRules } from '../read/host-rules.ts';
import type { Environment, RouteTemplate } from '../route.ts';
import type { MergedRoute } from './merged-route.ts';
import { resolvePolicies } from './promotion.ts';
import { expandRoute } from './route-environments.ts';

/**
 * A route with its captures as `{capture}`. URLs, applications and paths do not allow braces, so the route is expanded
 * with stand-ins that are valid everywhere, and these are replaced afterwards.
 */
export function templateOf(route: MergedRoute, hosts: HostRules): RouteTemplate {
  const { name, image, settings } = route;
  const standIns = new Map(image.captures.map((capture, index) => [capture, `0capture${index}x`]));
  const open = expandRoute(route, standIns, hosts, () => undefined);
  const environments = image.captures.reduce(
    (text, capture, index) => text.replaceAll(`0capture${index}x`, `{${capture}}`),
    JSON.stringify(resolvePolicies(open)),
  );
  return {
    name,
    image: image.text,
    ...(settings.where && { where: settings.where }),
    environments: JSON.parse(environments) as readonly Environment[],
    refused: [],
  };
}
