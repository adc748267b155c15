import type { Timeline } from './timeline.ts';

/**
 * Has the process measure virtual time, so that a seed plays alike each time: caches forget by it, and long work does not
 * pause. The branch writer's check for updates that wait too long needs an interval, and does not run.
 *
 * @returns ends that
 */
export function holdRealTime(timeline: Timeline): () => void {
  const { setInterval: realInterval } = globalThis;
  const realNow = performance.now.bind(performance);
  const start = timeline.time;
  performance.now = () => timeline.time - start;
  const never = realInterval(() => undefined, 2 ** 31 - 1);
  clearInterval(never);
  globalThis.setInterval = () => never;
  return () => {
    performance.now = realNow;
    globalThis.setInterval = realInterval;
  };
}
