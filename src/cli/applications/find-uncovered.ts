import type { RouteTable } from '../../lib/routes/route.ts';
import { groupBy, shortList } from '../init/texts.ts';

/** A running image that no route covers. */
export interface Uncovered {
  readonly image: string;
  readonly applications: readonly string[];
  readonly reason: string;
}

export interface Running {
  readonly application: string;
  /** `registry/repository`. */
  readonly images: readonly string[];
}

interface Written {
  readonly table?: RouteTable;
  readonly notes: readonly string[];
}

/** Every running image without a route that names its application, with the reason. */
export function findUncovered(
  running: readonly Running[],
  { table }: Written,
  reasons: readonly Uncovered[],
): readonly Uncovered[] {
  const missing = running.flatMap(({ application, images }) =>
    images.flatMap((image) => {
      const route = table?.match(image);
      const isCovered = route?.environments.some((environment) => environment.application.includes(application));
      if (isCovered === true) return [];
      const known = reasons.find((one) => one.image === image && one.applications.includes(application));
      const reason =
        known?.reason ??
        (route
          ? `the route ${route.name} has no environment for the application`
          : 'its route does not pass the check: see the notes');
      return [{ image, application, reason }];
    }),
  );
  const groups = groupBy(missing, ({ image, reason }) => JSON.stringify([image, reason]));
  return Array.from(groups.values(), (group) => ({
    image: group[0]?.image ?? '',
    applications: group.map(({ application }) => application),
    reason: group[0]?.reason ?? '',
  })).toSorted((a, b) => Number(a.image > b.image) - Number(a.image < b.image));
}

/** One line for an image that no route covers. */
export function showUncovered({ image, applications, reason }: Uncovered): string {
  return `no route: ${image} (${shortList(applications)}): ${reason}`;
}
