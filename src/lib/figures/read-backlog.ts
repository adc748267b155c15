import type { DeploymentIndex } from '../deployments/deployment-index.ts';
import type { FiguresFilter } from './report.ts';
import type { Backlog } from './open-metrics.ts';

/** Updates that are counted at most: a count costs one request. */
const mostCounted = 999;

/** The updates that wait. If there are too many to count, `oldest` is the oldest of those that are counted. */
export async function readBacklog(
  filter: FiguresFilter,
  index: Pick<DeploymentIndex, 'list'>,
  countMessages: () => Promise<Backlog['messages'] | undefined>,
): Promise<Backlog> {
  const [{ deployments, next }, messages] = await Promise.all([
    index.list({ ...filter, state: 'queued' }, { limit: mostCounted }),
    countMessages(),
  ]);
  // An update of `delivery: observe` stays in this state and waits for nothing.
  const waiting = deployments.filter(({ changes }) => changes === undefined);
  const oldest = waiting.at(-1)?.states[0]?.at;
  return {
    updates: waiting.length,
    ...(next !== undefined && { hasMore: true }),
    ...(oldest !== undefined && { oldest }),
    ...(messages && { messages }),
  };
}
