import { readFileSync } from 'node:fs';

/**
 * The highest resident set of this process so far, in bytes.
 *
 * On Linux it is `VmHWM` of proc(5). `ru_maxrss` of getrusage(2), which Node returns as `maxRSS`, is kept across execve(2), so
 * in a child process it is at least the memory of the parent at the fork.
 */
export function peakMemory(): number {
  const kilobytes = process.platform === 'linux' ? /^VmHWM:\s+(\d+) kB$/m.exec(status())?.[1] : undefined;
  return Number(kilobytes ?? process.resourceUsage().maxRSS) * 1024;
}

function status(): string {
  return readFileSync('/proc/self/status', 'utf8');
}
