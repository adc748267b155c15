import { splitImageName, imageName } from '../lib/model/image-reference.ts';
import type { Environment, RefusedEnvironment, Route, RouteTable } from '../lib/routes/route.ts';
import { UsageError } from './command.ts';

/** An environment of a route, for a known image or an example image. */
export interface UsedEnvironment {
  /** The route's name for this image; for an example image, the name with its captures. */
  readonly route: string;
  readonly image: string;
  readonly environment: Environment;
  /** For an example image: the environment for another example image. Differences depend on the pushed image. */
  readonly twin?: Environment;
}

export interface UsedRoutes {
  readonly environments: readonly UsedEnvironment[];
  /** Environments that refuse an image. */
  readonly refused: readonly (RefusedEnvironment & { readonly route: string })[];
}

/**
 * Environments of all routes: of an exact route for its image, of a pattern for `images`, for the images that `where`
 * names, and for an example image if a capture has no `where`.
 *
 * @param images more images, as `registry/repository`
 * @throws {UsageError} for an invalid image, or one that no route matches
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
    if (!route) throw new UsageError(`no route matches the image ${name}`);
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

/** Whether `name` can result from the written name of a route, `{domain}/{service}`. */
export function isNamed(name: string, written: string): boolean {
  const pattern = written.replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`).replaceAll(/\{\w+\}/g, '[^/]+');
  return name === written || new RegExp(`^${pattern}$`).test(name);
}

/** The value that `read` returns for every image; `undefined` if it depends on the pushed image. */
export function fixed<T>({ environment, twin }: UsedEnvironment, read: (environment: Environment) => T): T | undefined {
  const value = read(environment);
  return twin === undefined || JSON.stringify(read(twin)) === JSON.stringify(value) ? value : undefined;
}

function readImage(text: string): string {
  const name = splitImageName(text);
  if (!name) throw new UsageError(`--image is \`${text}\`; expected registry/repository without a tag`);
  return imageName(name);
}
