import type { Bounds } from './read/bounds.ts';
import { boundsOf, checkAllow, checkRequired, scopeOf } from './check/check-allow.ts';
import { ImagesByBuild } from './expand/images-by-build.ts';
import type { HostRules } from './read/host-rules.ts';
import { fillPattern } from './match/image-pattern.ts';
import type { ImageIndex } from './match/image-index.ts';
import { resolvePolicies } from './expand/promotion.ts';
import { expandRoute } from './expand/route-environments.ts';
import { templateOf } from './expand/route-template.ts';
import { samplesOf } from './expand/route-samples.ts';
import { sampleImage } from './expand/sample-image.ts';
import type { Environment, RefusedEnvironment, Route, RouteEntry, RouteTable } from './route.ts';
import type { PlaceholderValues } from './read/placeholders.ts';
import type { MergedRoute } from './expand/merged-route.ts';

interface TableParts {
  readonly hash: string;
  readonly routes: readonly MergedRoute[];
  readonly images: ImageIndex<MergedRoute>;
  /** Environments of exact routes; of patterns, for an example image. */
  readonly environments: ReadonlyMap<MergedRoute, readonly Environment[]>;
  readonly hosts: HostRules;
  readonly allow?: Bounds;
}

/** Limit of cached routes; a pattern can match any number of images. */
const maxKept = 20_000;

/** The table of routes without errors. */
export function routeTable({ hash, routes, images, environments, hosts, allow }: TableParts): RouteTable {
  const kept = new Map<string, Route>();
  const builds = new ImagesByBuild(routes, environments, hosts);
  const expand = (image: string): Route | undefined => {
    const found = images.match(image);
    if (!found) return undefined;
    const { route, words } = found;
    if (words.size > 0) return expandPattern(route, image, words, hosts, allow);
    return { name: route.name, image, environments: environments.get(route) ?? [], refused: [] };
  };
  const match = (image: string): Route | undefined => {
    const known = kept.get(image);
    if (known) return known;
    const route = expand(image);
    if (route && kept.size < maxKept) kept.set(image, route);
    return route;
  };
  return {
    hash,
    match,
    find: (image, name) => {
      const route = match(image);
      const environment = route?.environments.find((candidate) => candidate.name === name);
      return route && environment && { route, environment };
    },
    imagesBuiltBy: (build) => builds.find(build).filter((image) => match(image) !== undefined),
    entries: routes.map((route) => entryOf(route, environments.get(route) ?? [])),
    samples: () =>
      routes.map((route) =>
        samplesOf(route, (image) => (images.match(image)?.route === route ? expand(image) : undefined)),
      ),
    templates: () => routes.map((route) => templateOf(route, hosts)),
  };
}

/** Expands a pattern for an image; environments out of bounds are refused. */
function expandPattern(
  route: MergedRoute,
  image: string,
  words: PlaceholderValues,
  hosts: HostRules,
  allow: Bounds | undefined,
): Route {
  const faults = new Map<string, string>();
  const open = expandRoute(route, words, hosts, (environment, code, _path, message) => {
    faults.set(environment, `${code}: ${message}`);
  });
  const environments = resolvePolicies(open).filter((environment) => {
    if (faults.has(environment.name)) return true;
    const scope = scopeOf(image, environment, hosts.azureDevOpsCollections);
    const [fault] = boundsOf(route, allow).flatMap((bounds) => {
      const outside = checkAllow(bounds, scope);
      return outside ? [outside] : checkRequired(bounds, image, environment);
    });
    if (fault) faults.set(environment.name, `${fault.code}: ${fault.message}`);
    return !fault;
  });
  const refused: RefusedEnvironment[] = Array.from(faults, ([name, reason]) => ({
    name,
    reason,
    repository: route.environments.get(name)?.repository ?? '',
  }));
  const names = new Set(refused.map(({ name }) => name));
  return {
    name: fillPattern(route.name, words),
    image,
    environments: environments.filter(({ name }) => !names.has(name)),
    refused,
  };
}

function entryOf(route: MergedRoute, environments: readonly Environment[]): RouteEntry {
  const { name, document, image } = route;
  const { line } = document.sourceMap.locate(document.settings, ['routes', name], 'key');
  const sample = sampleImage(route);
  const example = { name: fillPattern(name, sample.words), image: sample.image, environments, refused: [] };
  return {
    name,
    image: image.text,
    setting: document.setting,
    line,
    environments: [...route.environments.keys()],
    example,
  };
}
