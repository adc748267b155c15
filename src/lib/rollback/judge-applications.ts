import type { RollbackPlace } from '../delivery/judge-rollback.ts';
import type { Clock } from '../model/clock.ts';
import type { Environment } from '../routes/route.ts';
import { runsImage } from '../settling/running-image.ts';
import type { SettleResultDeps } from '../settling/settle-result.ts';
import type { SettleStore, ValueStore } from '../settling/settle-store.ts';
import { failingApplications } from './committed.ts';
import type { Committed, Refusal } from './committed.ts';
import * as conditions from './conditions.ts';

export interface JudgeApplicationsDeps {
  readonly results: Pick<SettleStore, 'lastResult' | 'isShared'> & Pick<ValueStore, 'keptValues'>;
  readonly factsOf: SettleResultDeps['factsOf'];
  readonly resources: SettleResultDeps['resources'];
  readonly now: Clock;
}

/** After this time without a failure, the deployment is left alone. */
const longestWaitMs = 24 * 60 * 60_000;

/** Whether the deployment made its applications fail, and for long enough. */
export async function judgeApplications(
  deployment: Committed,
  environment: Environment,
  { repository }: RollbackPlace,
  { results, factsOf, resources, now }: JudgeApplicationsDeps,
): Promise<{ readonly wait?: conditions.Wait } | Refusal> {
  const { update, commit, states } = deployment;
  let wait: conditions.Wait | undefined;
  for (const name of failingApplications(deployment)) {
    const { shown } = await results.keptValues(name, update);
    let before: string | undefined;
    for (const { revision, health } of shown) {
      if (await repository.isAncestor(commit, revision)) continue;
      before = health;
      break;
    }
    const isShared = await results.isShared(name);
    const blamed = isShared ? (await resources(name))?.degraded : undefined;
    const resolved = { update, environment };
    const isBlamed = (blamed ?? []).some(
      ({ images }) => runsImage(resolved, { images, hasAllImages: true, charts: [] }) === true,
    );
    const refused = conditions.blame(name, before) ?? conditions.blamedByName(name, isShared, isBlamed);
    if (refused !== undefined) return { refused };
    const last = await results.lastResult(name);
    if (!last) return { refused: `no result of ${name} is kept` };
    const failing = conditions.failingOf(factsOf(last.result, environment.repository));
    const failedAt = Date.parse(states.at(-1)?.at ?? '');
    if (failing === 'over' && now().getTime() - failedAt > longestWaitMs) {
      return { refused: `${name} neither failed nor became healthy for 24 h` };
    }
    wait ??= conditions.grace(name, failing, environment.failureAfterSeconds * 1000, now().getTime());
  }
  return wait ? { wait } : {};
}
