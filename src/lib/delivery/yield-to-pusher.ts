import { ageMs } from '../model/clock.ts';
import type { PushIntent } from '../model/deployment.ts';
import { Failure } from '../model/failure.ts';
import type { PushDeps } from './delivery.ts';

/**
 * Ends a try early while another process pushes or records its push: the try would lose its race or repeat that work. This
 * is not a lock: a process that takes longer than usual is not waited for.
 *
 * @throws {Failure} `branch-moved`
 */
export function yieldToPusher(
  intents: readonly PushIntent[],
  { instance, othersPushMs, now }: Pick<PushDeps, 'instance' | 'othersPushMs' | 'now'>,
): void {
  if (!intents.some(({ by, at }) => by !== instance && ageMs(at, now()) < othersPushMs)) return;
  throw new Failure('branch-moved', 'Another instance is pushing to this branch.');
}
