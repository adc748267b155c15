import { parseRepositoryUrl } from '../../net/repository-url.ts';
import { comparableUrl } from './allow.ts';
import type { Bounds } from '../read/bounds.ts';
import type { OpenEnvironment } from '../expand/expand-environment.ts';
import { boundsOf, checkAllow, checkRequired, coversImages, type WriteScope } from './check-allow.ts';
import { environmentPlaceholders } from '../expand/environment-placeholders.ts';
import type { HostRules } from '../read/host-rules.ts';
import type { ImageIndex } from '../match/image-index.ts';
import { checkOverlap } from './overlap.ts';
import { PatternScalars } from './pattern-scalars.ts';
import { resolvePolicies } from '../expand/promotion.ts';
import { expandRoute } from '../expand/route-environments.ts';
import type { Environment } from '../route.ts';
import { sampleImage } from '../expand/sample-image.ts';
import type { EnvironmentSettings } from '../read/schema.ts';
import { formatValue } from '../read/format-value.ts';
import { reportTagWarnings } from './tag-warnings.ts';
import { starvingSoak, unpinnedPromotion } from './promotion-warnings.ts';
import { reportWarnings } from './warnings.ts';
import { expandPlaceholders } from '../read/placeholders.ts';
import { placeFrom, type MergedRoute } from '../expand/merged-route.ts';
import { scalarKeys } from './scalar-keys.ts';

interface Owner {
  readonly route: MergedRoute;
  readonly environment: string;
}

/** Expands every route, and reports problems within and between its environments. */
export function loadEnvironments(
  routes: readonly MergedRoute[],
  images: ImageIndex<MergedRoute>,
  hosts: HostRules,
  allow: Bounds | undefined,
): ReadonlyMap<MergedRoute, readonly Environment[]> {
  const owners = new Map<string, Owner>();
  const patterns = new PatternScalars(images);
  for (const route of routes) if (route.isMatchable && route.image.captures.length > 0) patterns.add(route, hosts);
  const loaded = new Map<MergedRoute, readonly Environment[]>();
  const reported = new Set<string>();
  for (const route of routes) {
    const { image, words } = sampleImage(route);
    const open = expandRoute(route, words, hosts, route.reportIn, route.reportedIn);
    for (const environment of open.values()) {
      if (environment.wrong.size === 0) reportWarnings(environment, route.image.text, hosts, route.reportIn);
      if (!route.isMatchable || environment.wrong.has('branch')) continue;
      claimScalars(route, image, environment, owners, reported);
      if (words.size === 0) checkPatternScalars(route, image, environment, patterns);
    }
    for (const [name, settings] of words.size > 0 && route.isMatchable ? route.environments : []) {
      checkOverlap(route.image.captures, settings, (path, message) => {
        route.reportIn(name, 'targets-meet', path, message);
      });
    }
    const environments = resolvePolicies(open);
    loaded.set(route, environments);
    for (const environment of environments) {
      if (open.get(environment.name)?.wrong.size !== 0) continue;
      const unpinned = unpinnedPromotion(environment, environments);
      if (unpinned !== undefined) {
        route.reportIn(environment.name, 'promotion-unpinned', ['promoteFrom'], unpinned);
      }
      const starving = starvingSoak(environment, environments);
      if (starving !== undefined) route.reportIn(environment.name, 'soak-starved', ['soak'], starving);
      reportTagWarnings(environment, (code, path, message) => {
        route.reportIn(environment.name, code, path, message);
      });
    }
    for (const bounds of route.isMatchable ? boundsOf(route, allow) : [])
      for (const environment of environments) checkBounds(route, environment, hosts, bounds);
    checkImages(route);
  }
  reportOverlaps(patterns, reported);
  return loaded;
}

/** Reports a scalar that two environments write. */
function claimScalars(
  route: MergedRoute,
  image: string,
  environment: OpenEnvironment,
  owners: Map<string, Owner>,
  reported: Set<string>,
): void {
  for (const [index, update] of environment.update.entries()) {
    const [taken] = scalarKeys(image, { ...environment, update: [update] }).flatMap((scalar) => {
      const owner = owners.get(scalar);
      if (!owner) owners.set(scalar, { route, environment: environment.name });
      return owner ? [owner] : [];
    });
    if (!taken) continue;
    const other =
      taken.route === route
        ? `the environment \`${taken.environment}\``
        : `the environment \`${taken.environment}\` of the route ${formatValue(taken.route.name)}${placeFrom(route, taken.route)}`;
    const message = `${other} writes the same scalar of ${formatValue(update.file)} in the same branch; expected a different file, path or branch`;
    route.reportIn(environment.name, 'same-scalar', ['update', index], message);
    reported.add(updateKey(route, environment.name, index));
  }
}

/** Reports environments of two patterns that write the same scalar. */
function reportOverlaps(patterns: PatternScalars, reported: Set<string>): void {
  for (const { writer, image, other, otherImage } of patterns.overlaps()) {
    const { route, environment, update } = writer;
    const key = updateKey(route, environment, update);
    if (reported.has(key) || reported.has(updateKey(other.route, other.environment, other.update))) continue;
    reported.add(key);
    const message = `for the image ${formatValue(image)}, writes the same scalar as the environment \`${other.environment}\` of the route ${formatValue(other.route.name)}${placeFrom(route, other.route)} for ${formatValue(otherImage)}; expected a different file, path or branch`;
    route.reportIn(environment, 'same-scalar', ['update', update], message);
  }
}

function updateKey({ document, name }: MergedRoute, environment: string, update: number): string {
  return [document.setting, name, environment, update].join('\n');
}

/** Reports scalars of an exact route that a pattern writes for another image. */
function checkPatternScalars(
  route: MergedRoute,
  image: string,
  environment: OpenEnvironment,
  patterns: PatternScalars,
): void {
  for (const [index, update] of environment.update.entries()) {
    for (const scalar of scalarKeys(image, { ...environment, update: [update] })) {
      const found = patterns.writerOf(scalar, image);
      if (!found) continue;
      const { writer } = found;
      const message = `the environment \`${writer.environment}\` of the route ${formatValue(writer.route.name)}${placeFrom(route, writer.route)} writes the same scalar of ${formatValue(update.file)} for the image ${formatValue(found.image)}; expected a different file, path or branch`;
      route.reportIn(environment.name, 'same-scalar', ['update', index], message);
      break;
    }
  }
}

/** Reports a route of a bounded document whose images are not all within these bounds. */
function checkImages(route: MergedRoute): void {
  const { bounds } = route.document;
  if (!bounds || !route.isMatchable || coversImages(bounds, route)) return;
  const message = `${formatValue(route.image.text)} can match images outside ${bounds.name}; expected only images that it names`;
  route.report('outside-allow', ['image'], message);
}

function checkBounds(route: MergedRoute, environment: Environment, hosts: HostRules, allow: Bounds): void {
  const settings = route.environments.get(environment.name);
  if (!settings) return;
  const fault = checkAllow(allow, openScope(route, environment.name, settings, hosts));
  for (const { code, path, message } of [
    ...(fault ? [fault] : []),
    ...checkRequired(allow, route.image.text, environment),
  ]) {
    route.reportIn(environment.name, code, path, message);
  }
}

/** The targets of an environment with its captures unexpanded. */
function openScope(route: MergedRoute, name: string, settings: EnvironmentSettings, hosts: HostRules): WriteScope {
  const open = new Map(route.image.captures.map((capture) => [capture, `{${capture}}`]));
  const words = environmentPlaceholders(name, settings, open, () => undefined);
  const expand = (template: string): string => {
    const text = expandPlaceholders(template, words);
    return typeof text === 'string' ? text : template;
  };
  const repository = expand(settings.repository ?? '');
  const address = parseRepositoryUrl(repository, hosts.azureDevOpsCollections);
  const { application } = settings;
  return {
    image: route.image.text,
    repository: 'problem' in address || repository.includes('{') ? repository : comparableUrl(address.key),
    ...(settings.branch && { branch: expand(settings.branch) }),
    files: (settings.update ?? []).map(({ file }) => expand(file ?? '')),
    applications: (Array.isArray(application) ? application : application ? [application] : []).map(expand),
  };
}
