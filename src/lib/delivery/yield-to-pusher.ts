import type { Announcement } from '../model/deployment.ts';
import { Failure } from '../model/failure.ts';
import type { PushDeps } from './delivery.ts';

/**
 * While another process pushes, or records what it has pushed, a try would lose its race or do that work once more: it
 * ends before it has cost anything. That is no lock: whoever takes longer than is usual is not waited for.
 *
 * @throws {Failure} `branch-moved`
 */
export function giveWay(
  announcements: readonly Announcement[],
  { instance, othersPushMs, now }: Pick<PushDeps, 'instance' | 'othersPushMs' | 'now'>,
): void {
  const since = now().getTime() - othersPushMs;
  if (!announcements.some(({ by, at }) => by !== instance && Date.parse(at) > since)) return;
  throw new Failure('branch-moved', 'Another instance is pushing to this branch.');
}
