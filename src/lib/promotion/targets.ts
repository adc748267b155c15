import { writesDigest } from '../model/file-edit.ts';
import { imageName } from '../model/image-reference.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import type { Environment, Route, RouteTable } from '../routes/route.ts';

/** An environment with `promoteFrom`, and the environments that it names. */
export interface PromotionTarget {
  readonly route: Route;
  readonly environment: Environment;
  readonly sources: readonly Environment[];
}

/** The promotion of an update's environment; `undefined` if it needs none, or if the route no longer has a source. */
export function promotionInto(
  table: RouteTable,
  { image, environment: name }: Pick<TagUpdate, 'image' | 'environment'>,
): PromotionTarget | undefined {
  const found = table.find(imageName(image), name);
  return found && targetOf(found.route, found.environment);
}

/** The environments that are promoted from one of a route. */
export function promotionsFrom(route: Route, source: string): readonly PromotionTarget[] {
  return route.environments
    .filter(({ promoteFrom }) => promoteFrom.includes(source))
    .flatMap((environment) => targetOf(route, environment) ?? []);
}

function targetOf(route: Route, environment: Environment): PromotionTarget | undefined {
  const { promoteFrom } = environment;
  const sources = promoteFrom.flatMap((name) => route.environments.find((one) => one.name === name) ?? []);
  return promoteFrom.length > 0 && sources.length === promoteFrom.length ? { route, environment, sources } : undefined;
}

/** Whether the image is promoted under the digest that was healthy, wherever its tag points by now. */
export function isPinned({ promoteFrom, takesPushes, update }: Environment): boolean {
  return promoteFrom.length > 0 && !takesPushes && update.some(writesDigest);
}

/** Whether any route promotes. */
export function hasPromotions({ entries }: RouteTable): boolean {
  return entries.some(({ example }) => example.environments.some(({ promoteFrom }) => promoteFrom.length > 0));
}
