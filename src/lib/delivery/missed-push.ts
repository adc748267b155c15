import type { MissedPush } from '../deployments/missed-pushes.ts';
import { imageName } from '../model/image-reference.ts';
import type { TaggedImage, TagUpdate } from '../model/tag-update.ts';
import { suggest } from '../routes/read/suggest.ts';
import type { RouteTable } from '../routes/route.ts';
import type { Routing } from './plan/route-image.ts';

/** Comparing names takes time. */
const mostCandidates = 1_000;

interface Pushed {
  readonly image: TaggedImage;
  readonly pushedAt: string;
}

/** The records of a push that no environment takes; none if one does, or if promotion alone brings the image there. */
export function missedByRoutes(
  { image, pushedAt: at }: Pushed,
  { route, updates, refused }: Routing,
  table: Pick<RouteTable, 'entries'>,
): readonly MissedPush[] {
  const pushed = { image: imageName(image), tag: image.tag, at };
  if (!route) {
    const nearest = suggest(
      pushed.image,
      table.entries.slice(0, mostCandidates).map((entry) => entry.image),
    );
    return [
      { kind: 'no-route', ...pushed, reason: 'no route has this image', ...(nearest !== undefined && { nearest }) },
    ];
  }
  if (updates.length > 0) return [];
  return refused
    .filter(({ code }) => code !== 'by-promotion')
    .map(({ environment, reason }) =>
      Object.assign({ kind: 'not-taken', route: route.name, environment, reason }, pushed),
    );
}

/** The record of an update that no file has a place for. */
export function missedByFiles(
  { image, pushedAt, route, environment }: TagUpdate,
  reason: string | undefined,
): MissedPush {
  return {
    kind: 'ignored',
    image: imageName(image),
    tag: image.tag,
    at: pushedAt,
    route,
    environment,
    reason: reason ?? 'the file does not exist, or has no entry for the image',
  };
}
