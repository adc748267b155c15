/**
 * The time that `run` takes by itself, in milliseconds: the smaller of the time on the clock, which counts what else the machine does,
 * and the time on the processor, which counts what helper threads do.
 */
export function processorMs(run: () => unknown): number {
  const [started, used] = [performance.now(), process.cpuUsage()];
  run();
  const { user, system } = process.cpuUsage(used);
  return Math.min(performance.now() - started, (user + system) / 1_000);
}
