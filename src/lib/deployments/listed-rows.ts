import { isState } from '../model/deployment-states.ts';
import type { Deployment } from '../model/deployment.ts';
import { imageName } from '../model/image-reference.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import type { Columns } from '../storage/stored-value.ts';
import type { RowWrite } from '../storage/write-together.ts';
import { hashOf } from './index-row-key.ts';
import type { EnvironmentKey } from './store.ts';

const dayMs = 24 * 60 * 60_000;
/** A record is past if nothing has changed for an hour, or for days while it waits: many may then change at once. */
export const quietMs = 60 * 60_000;
export const longestWaitMs = 3 * dayMs;
/** Clocks of instances differ by less. */
const marginMs = quietMs / 2;

/** Keys of the past records of a route and environment begin so, and go on with `indexRowKey`. */
export function listedPrefix(key: EnvironmentKey): string {
  return `listed|${pairHash(key)}|`;
}

/** The column of a recent record that is in the list of its environment too. */
export const listedColumn: Columns = { listed: 1 };

export const pairsPrefix = 'pair|';

/** A value that routes and environments are found by. */
export type PairKind = 'environment' | 'image' | 'route';

/** Keys of the routes and environments that have had a record with a value begin so. */
export function pairPrefix(kind: PairKind, value: string): string {
  return `${pairsPrefix}${kind}|${hashOf(value)}|`;
}

/** The rows by which the route and environment of an update are found. All its records share them. */
export function pairRows({ route, environment, image }: TagUpdate): readonly RowWrite[] {
  const values = { route, environment, image: imageName(image) } satisfies Record<PairKind, string>;
  return Object.entries(values).map(([kind, value]) => ({
    rowKey: pairPrefix(kind as PairKind, value) + pairHash({ route, environment }),
    value: { route, environment },
    merges: true,
  }));
}

function pairHash({ route, environment }: EnvironmentKey): string {
  return hashOf(JSON.stringify([route, environment]));
}

/** Whether a record waits in the queue, for its pull request, or for its applications. */
export function isUnderWay({ state, applications = [] }: Pick<Deployment, 'state' | 'applications'>): boolean {
  if (state === 'queued' || state === 'pull-request') return true;
  return isState(state, 'waiting') && applications.length > 0;
}

/** The time from which on a record is past, in milliseconds: until then `foldLookups` does not list it. */
function pastTime({ states, applications, update }: Deployment): number {
  const ended = states.find(({ state }) => !isUnderWay({ state, ...(applications && { applications }) }));
  const begunAt = Date.parse(states[0]?.at ?? update.pushedAt);
  return Math.min(ended ? Date.parse(ended.at) + quietMs : Infinity, begunAt + longestWaitMs);
}

/** Whether a record is past at a time. */
export function isPast(record: Deployment, at: Date): boolean {
  return at.getTime() >= pastTime(record);
}

/** Whether a record may be in the list of its environment when it changes. Then the change writes its row there too. */
export function mayBeListed(next: Deployment): boolean {
  return Date.parse(next.updatedAt) >= pastTime(next) - marginMs;
}
