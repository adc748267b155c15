import type { ChainEnvironment } from './routes.ts';

/** A build whose image is pushed. */
export interface ChainPush {
  readonly branch: string;
  readonly number: number;
  /** When, as a part of the sending time. */
  readonly at: number;
}

/** An order by a person, tried again until the app accepts it. */
export interface ChainOrder {
  readonly kind: 'promote' | 'rollback';
  readonly branch: string;
  readonly environment: ChainEnvironment;
  readonly at: number;
}

export interface ChainPlan {
  readonly branches: readonly string[];
  readonly pushes: readonly ChainPush[];
  readonly orders: readonly ChainOrder[];
  /** Played one after the other when the faults have ended: a promotion to prod and a rollback of stage are certain. */
  readonly last: readonly (readonly (ChainPush | ChainOrder)[])[];
  /** The environment in which an image is Degraded. */
  readonly failsIn: (branch: string, tag: string) => ChainEnvironment | undefined;
}

export interface ChainSize {
  readonly branches: readonly string[];
  /** Over which pushes and orders are sent, in seconds. */
  readonly seconds: number;
}

const mostBranches = 6;
const secondsPerPush = 2;

/** The last image of a branch fails in `stage` or in `dev`, and some before it, in another order on each branch. */
export function planChain({ branches: all, seconds }: ChainSize): ChainPlan {
  const branches = all.slice(0, Math.max(1, Math.min(mostBranches, Math.floor(all.length / 4))));
  const count = Math.max(3, Math.min(20, Math.floor(seconds / secondsPerPush)));
  const fates = [undefined, undefined, 'stage', undefined, 'dev', undefined] as const;
  const failsIn = (branch: string, tag: string): ChainEnvironment | undefined => {
    const [number, index] = [Number(tag), branches.indexOf(branch)];
    if (number === count) return index % 2 === 0 ? 'stage' : 'dev';
    if (number > count) return number === count + 2 ? 'stage' : undefined;
    return number === 0 ? undefined : fates[(number - 1 + index) % fates.length];
  };
  const pushes = branches.flatMap((branch) =>
    Array.from({ length: count }, (_, index) => ({ branch, number: index + 1, at: index / count })),
  );
  const orders = branches.flatMap((branch, index): ChainOrder[] => [
    { kind: 'rollback', branch, environment: index % 2 === 0 ? 'dev' : 'stage', at: 0.4 },
    { kind: 'promote', branch, environment: 'prod', at: 0.8 },
  ]);
  const last = [
    branches.map((branch) => ({ branch, number: count + 1, at: 1 })),
    branches.map((branch) => ({ kind: 'promote', branch, environment: 'prod', at: 1 }) as const),
    branches.map((branch) => ({ branch, number: count + 2, at: 1 })),
  ];
  return { branches, pushes, orders, last, failsIn };
}
