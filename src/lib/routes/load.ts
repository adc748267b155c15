import { createHash } from 'node:crypto';
import { parseAllow } from './check/allow.ts';
import { checkApplicationInstances } from './check/application-instances.ts';
import type { RouteDocument } from './read/documents.ts';
import type { HostRules } from './read/host-rules.ts';
import { indexImages } from './check/index-images.ts';
import { loadEnvironments } from './check/load-environments.ts';
import { parseRouteDocument } from './read/parse-document.ts';
import { Problems } from './read/problems.ts';
import { checkRouteNames } from './check/route-names.ts';
import { routeTable } from './route-table.ts';
import type { Problem, RouteTable } from './route.ts';
import { mergeRoutes } from './expand/merged-route.ts';

export interface LoadOptions extends HostRules {
  /** The setting `ALLOW`. */
  readonly allow?: RouteDocument;
  /** Names of the instances with a secret in `ARGOCD_SECRETS`; `undefined` if it is unset. */
  readonly argoCdInstances?: readonly string[];
}

export interface LoadedRoutes {
  /** Absent if any problem is an error. */
  readonly table?: RouteTable;
  readonly problems: readonly Problem[];
}

/** Parses, checks and indexes all routes. Reports all problems at once; invalid text never throws. */
export function loadRoutes(documents: readonly RouteDocument[], options: LoadOptions): LoadedRoutes {
  const problems = new Problems();
  const allow = options.allow && parseAllow(options.allow, options.azureDevOpsCollections, problems);
  if (!options.allow && !(documents.length > 0 && documents.every(({ bounds }) => bounds))) {
    problems.add('allow-unset', {
      setting: 'ALLOW',
      message:
        'the setting is unset, so routes may write to every repository that the app can write to; a list of { images, repositories, paths } bounds them',
    });
  }
  const routes = documents.flatMap((document, order) => {
    const parsed = parseRouteDocument(document, problems, order);
    return parsed ? mergeRoutes(parsed, options, problems) : [];
  });
  const matchable = routes.filter(({ isMatchable }) => isMatchable);
  const images = indexImages(matchable);
  checkRouteNames(matchable, images);
  const environments = loadEnvironments(routes, images, options, allow);
  checkApplicationInstances(routes, environments, options.argoCdInstances);
  if (routes.length === 0 && !problems.hasErrors) {
    for (const { setting } of documents)
      problems.add('no-routes', { setting, message: 'the setting has no routes, so no image is delivered' });
  }
  if (problems.hasErrors) return { problems: problems.list() };
  const table = routeTable({
    hash: hashOf(documents, options.allow),
    routes,
    images,
    environments,
    hosts: options,
    ...(allow && { allow }),
  });
  return { table, problems: problems.list() };
}

/** The hash does not depend on the order of the settings. */
function hashOf(documents: readonly RouteDocument[], allow: RouteDocument | undefined): string {
  const parts = [...documents, ...(allow ? [allow] : [])]
    .map(({ setting, text }) => JSON.stringify([setting, text]))
    .toSorted();
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}
