/** The longest time in which nothing else could run. */
export async function longestDelay(run: () => Promise<unknown>): Promise<number> {
  let [last, cpu, longest] = [performance.now(), process.cpuUsage(), 0];
  const tick = (): void => {
    const { user, system } = process.cpuUsage(cpu);
    // A delay without work of this process is one of the machine.
    longest = Math.max(longest, Math.min(performance.now() - last, (user + system) / 1000));
    [last, cpu] = [performance.now(), process.cpuUsage()];
  };
  const timer = setInterval(tick, 1);
  await run();
  clearInterval(timer);
  tick();
  return longest;
}
