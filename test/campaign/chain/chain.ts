import { setTimeout as sleep } from 'node:timers/promises';
import { makeDeploymentIndex } from '../../../src/lib/deployments/deployment-index.ts';
import type { Deployment } from '../../../src/lib/model/deployment.ts';
import type { TableRows } from '../../../src/lib/storage/table-rows.ts';
import { makeDueStore } from '../../../src/lib/work/due-store.ts';
import type { Trace } from '../trace.ts';
import { sendPush } from '../webhooks.ts';
import type { WebhookSender } from '../webhooks.ts';
import { ChainArgoCd } from './argo-cd.ts';
import { readChainHistories } from './history.ts';
import { order } from './order.ts';
import { planChain } from './plan.ts';
import type { ChainOrder, ChainPush, ChainSize } from './plan.ts';
import { findChainViolations, findRollbackViolations } from './promises.ts';
import type { ChainViolation } from './promises.ts';
import { buildOf, routeOf } from './routes.ts';

export interface ChainOptions extends ChainSize {
  readonly bare: string;
  readonly sender: WebhookSender;
  readonly trace: Trace;
}

/** Images that are promoted from dev to prod, fail and are rolled back, on some branches of the campaign. */
export interface Chain {
  /** Pushes, orders and reports of Argo CD, until time is up and everything was pushed. */
  readonly play: (timeIsUp: AbortSignal) => Promise<void>;
  /** Reports what is left to report, until nothing follows, and plays the last steps. @returns what did not come to rest */
  readonly settle: (comeToRest: () => Promise<readonly string[]>) => Promise<readonly string[]>;
  readonly check: (rows: TableRows) => Promise<{
    readonly violations: readonly ChainViolation[];
    readonly records: readonly Deployment[];
    readonly numbers: readonly (readonly [string, number])[];
  }>;
}

const lookEveryMs = 1_000;
const orderWithinMs = 20_000;

export function makeChain({ bare, sender, trace, ...size }: ChainOptions): Chain {
  const plan = planChain(size);
  const argoCd = new ChainArgoCd(plan, bare, sender);
  const ordered: string[] = [];
  const push = ({ branch, number }: ChainPush): Promise<unknown> => {
    const pushedAt = new Date(Date.parse('2026-01-01T00:00:00Z') + number * 1000).toISOString();
    return sendPush({ repository: routeOf(branch), ...buildOf(branch, number), pushedAt }, sender);
  };
  const give = async (one: ChainOrder, timeIsUp: AbortSignal): Promise<void> => {
    const id = await order(one, sender, timeIsUp);
    trace.add(`person: ${one.kind} ${one.environment} on ${one.branch} → ${id ?? 'refused'}`);
    if (id !== undefined) ordered.push(id);
  };
  const at = (part: number, startedAt: number): Promise<void> =>
    sleep(Math.max(0, part * size.seconds * 1000 - (performance.now() - startedAt)));

  return {
    async play(timeIsUp) {
      const startedAt = performance.now();
      const reporting = (async () => {
        do {
          await argoCd.look();
          await sleep(lookEveryMs);
        } while (!timeIsUp.aborted);
      })();
      const pushing = plan.pushes.map(async (one) => {
        await at(one.at, startedAt);
        await push(one);
      });
      const ordering = plan.branches.map(async (branch) => {
        for (const one of plan.orders.filter((order) => order.branch === branch)) {
          await at(one.at, startedAt);
          await give(one, timeIsUp);
        }
      });
      await Promise.all([reporting, ...pushing, ...ordering]);
    },
    async settle(comeToRest) {
      const settleOnce = async (): Promise<readonly string[]> => {
        for (;;) {
          const left = await comeToRest();
          if (left.length > 0 || (await argoCd.look()) === 0) return left;
        }
      };
      for (const step of plan.last) {
        const left = await settleOnce();
        if (left.length > 0) return left;
        const patience = AbortSignal.timeout(orderWithinMs);
        await Promise.all(step.map((one) => ('kind' in one ? give(one, patience) : push(one))));
      }
      return settleOnce();
    },
    async check(rows) {
      const { index, due } = { index: makeDeploymentIndex(rows), due: makeDueStore(rows) };
      const pages = await Promise.all(
        plan.branches.map((branch) => index.list({ route: routeOf(branch) }, { limit: 1_000 })),
      );
      const records = pages.flatMap(({ deployments }) => deployments);
      const aftermath = {
        histories: await readChainHistories(bare, plan.branches),
        records,
        due: (await due.list()).map(({ key }) => key),
        sent: argoCd.sent,
        ordered,
      };
      const causes = aftermath.histories.flatMap(({ changes }) =>
        changes.flatMap(({ trailer }) => trailer?.cause ?? []),
      );
      const count = (cause: string): number => causes.filter((one) => one === cause).length;
      return {
        violations: [...findChainViolations(aftermath), ...findRollbackViolations(aftermath)],
        records,
        numbers: [
          ['promotions committed', count('promotion')],
          ['rollbacks committed', count('rollback')],
          ['orders accepted', ordered.length],
          ['results of Argo CD', argoCd.sent.length],
        ],
      };
    },
  };
}
