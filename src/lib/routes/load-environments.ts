import { parseRepositoryUrl } from '../gitops/repository-url.ts';
import { comparableUrl, type Allow } from './allow.ts';
import type { OpenEnvironment } from './build-environment.ts';
import { checkAllow, checkRequired, type WriteScope } from './check-allow.ts';
import { environmentWords } from './environment-words.ts';
import type { HostRules } from './host-rules.ts';
import { checkMeeting } from './meeting-images.ts';
import { closePolicies } from './promotion.ts';
import { expandRoute } from './route-environments.ts';
import type { Environment } from './route.ts';
import { sampleImage } from './sample-image.ts';
import type { EnvironmentSettings } from './schema.ts';
import { show } from './show.ts';
import { warnOf } from './warnings.ts';
import { expandWords } from './words.ts';
import type { WrittenRoute } from './written-route.ts';
import { writtenScalars } from './written-scalars.ts';

interface Owner {
  readonly route: WrittenRoute;
  readonly environment: string;
}

/** Expands every route, and tells what is wrong with its environments and between them. */
export function loadEnvironments(
  routes: readonly WrittenRoute[],
  hosts: HostRules,
  allow: Allow | undefined,
): ReadonlyMap<WrittenRoute, readonly Environment[]> {
  const owners = new Map<string, Owner>();
  const loaded = new Map<WrittenRoute, readonly Environment[]>();
  for (const route of routes) {
    const { image, words } = sampleImage(route);
    const open = expandRoute(route, words, hosts, route.tellOf);
    for (const environment of open.values()) {
      warnOf(environment, hosts, route.tellOf);
      claimScalars(route, image, environment, owners);
    }
    for (const [name, settings] of words.size > 0 ? route.environments : []) {
      checkMeeting(route.image.captures, settings, (path, message) => {
        route.tellOf(name, 'targets-meet', path, message);
      });
    }
    const environments = closePolicies(open);
    loaded.set(route, environments);
    for (const environment of allow ? environments : []) checkBounds(route, environment, hosts, allow ?? []);
  }
  return loaded;
}

/** A scalar is written by one environment of one route. */
function claimScalars(
  route: WrittenRoute,
  image: string,
  environment: OpenEnvironment,
  owners: Map<string, Owner>,
): void {
  for (const [index, update] of environment.update.entries()) {
    const [taken] = writtenScalars(image, { ...environment, update: [update] }).flatMap((scalar) => {
      const owner = owners.get(scalar);
      if (!owner) owners.set(scalar, { route, environment: environment.name });
      return owner ? [owner] : [];
    });
    if (!taken) continue;
    const other =
      taken.route === route
        ? `the environment \`${taken.environment}\``
        : `the environment \`${taken.environment}\` of the route ${show(taken.route.name)}`;
    const message = `${other} sets the same scalar of ${show(update.file)} in the same branch; expected one of its own, or the two would overwrite each other`;
    route.tellOf(environment.name, 'same-scalar', ['update', index], message);
  }
}

function checkBounds(route: WrittenRoute, environment: Environment, hosts: HostRules, allow: Allow): void {
  const settings = route.environments.get(environment.name);
  if (!settings) return;
  const fault = checkAllow(allow, openScope(route, environment.name, settings, hosts));
  for (const { code, path, message } of [
    ...(fault ? [fault] : []),
    ...checkRequired(allow, route.image.text, environment),
  ]) {
    route.tellOf(environment.name, code, path, message);
  }
}

/** What an environment writes, with its captures left open. */
function openScope(route: WrittenRoute, name: string, settings: EnvironmentSettings, hosts: HostRules): WriteScope {
  const open = new Map(route.image.captures.map((capture) => [capture, `{${capture}}`]));
  const words = environmentWords(name, settings, open, () => undefined);
  const expand = (template: string): string => {
    const text = expandWords(template, words);
    return typeof text === 'string' ? text : template;
  };
  const repository = expand(settings.repository ?? '');
  const address = parseRepositoryUrl(repository, hosts.azureDevOpsCollections);
  const { application } = settings;
  return {
    image: route.image.text,
    repository: 'problem' in address || repository.includes('{') ? repository : comparableUrl(address.key),
    ...(settings.branch && { branch: expand(settings.branch) }),
    files: (settings.update ?? []).map(({ file }) => expand(file)),
    applications: (Array.isArray(application) ? application : application ? [application] : []).map(expand),
  };
}
