import { splitImageName, imageName } from '../lib/model/image-reference.ts';
import type { Environment, RefusedEnvironment, Route, RouteTable } from '../lib/routes/route.ts';
import { UsageError } from './command.ts';

/** An environment of a route, for an image that is known or made up. */
export interface UsedEnvironment {
  /** The route's name for this image; of a made-up image, as the pattern was written. */
  readonly route: string;
  readonly image: string;
  readonly environment: Environment;
  /** The same for another made-up image, where this one is made up: what differs follows from what is pushed. */
  readonly twin?: Environment;
}

export interface UsedRoutes {
  readonly environments: readonly UsedEnvironment[];
  /** Environments in which nothing may be written for an image. */
  readonly refused: readonly (RefusedEnvironment & { readonly route: string })[];
}

/**
 * What routes use: each for its own image, patterns for the images that `where` names and for `images`, and once for a
 * made-up image where captures are open.
 *
 * @param images `registry/repository` of images that are known otherwise
 * @throws {UsageError} for an image that is none, or that no route takes
 */
export function usedRoutes(table: RouteTable, images: readonly string[]): UsedRoutes {
  const names = images.map(readImage);
  const known = new Set<string>();
  const add = (route: Route, name: string, twin?: Route): UsedEnvironment[] => {
    if (known.has(route.image)) return [];
    known.add(route.image);
    return route.environments.map((environment) => {
      const other = twin?.environments.find((one) => one.name === environment.name);
      return { route: name, image: route.image, environment, ...(twin && { twin: other ?? environment }) };
    });
  };
  const refused: (RefusedEnvironment & { readonly route: string })[] = [];
  const given = names.flatMap((name) => {
    const route = table.match(name);
    if (!route) throw new UsageError(`no route takes the image ${name}`);
    refused.push(...route.refused.map((one) => Object.assign({}, one, { route: route.name })));
    return add(route, route.name);
  });
  const samples = table.samples().flatMap((ofRoute, index) =>
    ofRoute.flatMap(({ route, twin }) => {
      const written = table.entries[index];
      return add(route, twin && written ? written.name : route.name, twin);
    }),
  );
  return { environments: [...samples, ...given], refused };
}

/** Whether a route's name for an image is one that a name as it was written, `{domain}/{service}`, can become. */
export function isNamed(name: string, written: string): boolean {
  const pattern = written.replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`).replaceAll(/\{\w+\}/g, '[^/]+');
  return name === written || new RegExp(`^${pattern}$`).test(name);
}

/** What an environment has where it does not follow from what is pushed; `undefined` where it does. */
export function fixed<T>({ environment, twin }: UsedEnvironment, read: (environment: Environment) => T): T | undefined {
  const value = read(environment);
  return twin === undefined || JSON.stringify(read(twin)) === JSON.stringify(value) ? value : undefined;
}

function readImage(text: string): string {
  const name = splitImageName(text);
  if (!name) throw new UsageError(`--image is \`${text}\`; expected registry/repository without a tag`);
  return imageName(name);
}
