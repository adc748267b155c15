import { setTimeout as sleep } from 'node:timers/promises';
import { buildAppProgram, startAppProcess } from '../../local/scale/app-processes.ts';
import type { FunctionGroup } from '../../local/host/function-group.ts';
import type { AppProcess, AppProcessOptions } from '../../local/scale/app-processes.ts';

/** The processes of the app; one that is killed is started again. */
export interface Fleet {
  /** URL of one that runs, in turn. */
  readonly functions: () => string | undefined;
  readonly kills: () => number;
  /** The highest resident set of any that runs or was killed, in bytes. */
  readonly peakMemory: () => number;
  /** Collects garbage. The most bytes that the heap of one that runs then holds. */
  readonly liveHeap: () => Promise<number>;
  /** Kills no more; settles when all run again. */
  readonly calm: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface FleetOptions {
  /** Each process runs the functions of one of these groups in turn; without them, every function. */
  readonly groups?: readonly FunctionGroup[];
  readonly size: number;
  readonly app: AppProcessOptions;
  /** One of them is killed this often, in milliseconds; none where absent. */
  readonly killEveryMs: number | undefined;
  readonly random: () => number;
  readonly onLine: (process: number, text: string) => void;
  /** One has ended by itself. */
  readonly onFatal: (reason: string) => void;
}

export async function startFleet({
  size,
  groups = [],
  app,
  killEveryMs,
  random,
  onLine,
  onFatal,
}: FleetOptions): Promise<Fleet> {
  const program = await buildAppProgram();
  const groupAt = (index: number): Pick<AppProcessOptions, 'group'> => {
    const group = groups[index % groups.length];
    return group === undefined ? {} : { group };
  };
  const start = (index: number): Promise<AppProcess> =>
    startAppProcess(program, { ...app, ...groupAt(index) }, { onLine: (text) => onLine(index, text), onFatal });
  const running: (AppProcess | undefined)[] = await Promise.all(
    Array.from({ length: size }, (_, index) => start(index)),
  );
  const calming = new AbortController();
  let kills = 0;
  let turn = 0;
  let peakOfKilled = 0;

  async function killNow(): Promise<void> {
    const index = Math.floor(random() * size);
    const victim = running[index];
    running[index] = undefined;
    peakOfKilled = Math.max(peakOfKilled, victim?.peakMemory() ?? 0);
    await victim?.kill();
    kills += 1;
    onLine(index, 'KILLED');
    running[index] = await start(index);
  }

  async function killAgainAndAgain(everyMs: number): Promise<void> {
    const { signal } = calming;
    while (!signal.aborted) {
      await sleep(everyMs * (0.5 + random()), undefined, { signal }).catch(() => undefined); // Aborted: no more kills.
      if (!signal.aborted) await killNow();
    }
  }
  const killing = (killEveryMs === undefined ? Promise.resolve() : killAgainAndAgain(killEveryMs)).catch(
    (error: unknown) => onFatal(String(error)),
  );

  return {
    functions() {
      turn += 1;
      const alive = running.filter(
        (process, index) => process !== undefined && (groupAt(index).group ?? 'http') === 'http',
      );
      return alive[turn % Math.max(alive.length, 1)]?.url;
    },
    kills: () => kills,
    peakMemory: () => Math.max(peakOfKilled, ...running.map((process) => process?.peakMemory() ?? 0)),
    async liveHeap() {
      return Math.max(0, ...(await Promise.all(running.flatMap((process) => process?.liveHeap() ?? []))));
    },
    async calm() {
      calming.abort();
      await killing;
    },
    async stop() {
      calming.abort();
      await killing;
      await Promise.all(running.flatMap((process) => process?.kill() ?? []));
      await program.remove();
    },
  };
}
