import type { Deployment } from '../model/deployment.ts';

/** The steps from source commit to the goal, and `lead`, which is all of them. */
export const durations = ['lead', 'build', 'queue', 'commit', 'sync', 'health'] as const;

export type Duration = (typeof durations)[number];

/**
 * The whole seconds of each step of a deployment that reached its goal at `good`:
 *
 * - `build`: the source commit is made → the image is pushed. Without its time, and at the latest, the build is queued
 * - `queue`: → the update is recorded
 * - `commit`: → the value is committed; windows, pull requests and retries included
 * - `sync`: → Argo CD deploys the commit
 * - `health`: → Healthy
 *
 * `lead` is from the source commit to the goal. Without a known build, `build` and `lead` are absent; without applications,
 * `sync` and `health`. Clocks of two machines can differ: a negative step counts as 0.
 */
export function stepSeconds(record: Deployment, good: string): readonly (readonly [Duration, number])[] {
  const { update, states, build, source, applications = [] } = record;
  const began = states[0]?.at ?? update.pushedAt;
  const from = build && [source?.committedAt, build.queuedAt].filter((at) => at !== undefined).toSorted(byTime)[0];
  const committed = states.find(({ state }) => state === 'committed')?.at ?? good;
  const synced = states.find(({ state, at }) => state === 'syncing' && at >= committed)?.at ?? good;
  return [
    ...(from === undefined ? [] : ([['lead', secondsBetween(from, good)]] as const)),
    ...(from === undefined ? [] : ([['build', secondsBetween(from, update.pushedAt)]] as const)),
    ['queue', secondsBetween(update.pushedAt, began)],
    ['commit', secondsBetween(began, committed)],
    ...(applications.length === 0 ? [] : ([['sync', secondsBetween(committed, synced)]] as const)),
    ...(applications.length === 0 ? [] : ([['health', secondsBetween(synced, good)]] as const)),
  ];
}

function secondsBetween(from: string, to: string): number {
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1_000));
}

function byTime(a: string, b: string): number {
  return Date.parse(a) - Date.parse(b);
}
