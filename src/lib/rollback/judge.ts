import type { JudgeRollback, RollbackPlace } from '../delivery/judge-rollback.ts';
import type { DeploymentIndex } from '../deployments/deployment-index.ts';
import type { DeploymentStore } from '../deployments/store.ts';
import type { Repositories } from '../git/repositories.ts';
import type { Clock } from '../model/clock.ts';
import type { Deployment } from '../model/deployment.ts';
import type { Outcome } from '../model/outcome.ts';
import { parseTrailers } from '../model/trailers.ts';
import { instanceOf } from '../routes/expand/application-name.ts';
import type { Environment } from '../routes/route.ts';
import { runsImage } from '../settling/running-image.ts';
import type { SettleResultDeps } from '../settling/settle-result.ts';
import type { SettleStore, ValueStore } from '../settling/settle-store.ts';
import { findIntroduction } from '../values/find-introduction.ts';
import { heldValue, tryInspect } from '../values/held-value.ts';
import { readFiles } from '../values/read-files.ts';
import * as conditions from './conditions.ts';
import { findForeign } from './foreign-commits.ts';
import { lastHealthy } from './last-healthy.ts';
import { pathsOf } from './paths-of.ts';
import type { StormStore } from './storm-store.ts';

export interface JudgeDeps {
  /** A store whose writes queue no effects. */
  readonly store: Pick<DeploymentStore, 'find'>;
  readonly index: Pick<DeploymentIndex, 'list'>;
  readonly results: Pick<SettleStore, 'lastResult' | 'isShared'> & Pick<ValueStore, 'keptValues'>;
  readonly factsOf: SettleResultDeps['factsOf'];
  readonly blame: SettleResultDeps['blame'];
  readonly repositories: Pick<Repositories, 'open'>;
  readonly storms: Pick<StormStore, 'reserve'>;
  readonly now: Clock;
  /** Whether a URL of Argo CD names the repository of this key. */
  readonly isOfRepository: (url: string, key: string) => boolean;
}

type Refusal = { readonly refused: string };

/** After this time without a failure, the deployment is left alone. */
const longestWaitMs = 24 * 60 * 60_000;

/** Judges automatic rollbacks: each condition by the facts after the tip of the plan. */
export function makeJudgeRollback(deps: JudgeDeps): JudgeRollback {
  return async ({ update, environment, ...rest }, place) => {
    const { cause } = update;
    if (cause.kind !== 'rollback' || cause.of === undefined) return { update, environment, ...rest };
    const superseded = (reason: string): Outcome => ({ kind: 'superseded', by: update.image.tag, reason });
    const deployment = await deps.store.find({ ...update, id: cause.of });
    if (!deployment?.commit) return superseded('no such deployment is committed');
    const reason = conditions.reread(deployment) ?? conditions.norb(deployment);
    if (reason !== undefined) return superseded(reason);
    const atTip = await judgeTip(deployment, environment, place);
    if (atTip !== undefined) return superseded(atTip);
    const found = await findValue({ ...deployment, commit: deployment.commit }, environment, place, deps);
    if ('refused' in found) return superseded(found.refused);
    const waits = await judgeApplications({ ...deployment, commit: deployment.commit }, environment, place, deps);
    if ('refused' in waits) return superseded(waits.refused);
    if (waits.wait) {
      return { kind: 'held', reason: waits.wait.reason, until: new Date(waits.wait.until).toISOString() };
    }
    const { route, environment: name } = update;
    const { deployments } = await deps.index.list({ route, environment: name, tag: found.image.tag }, { limit: 1 });
    const pushedAt = deployments[0]?.update.pushedAt ?? new Date(0).toISOString();
    const instance = instanceOf(environment.application[0] ?? '') ?? 'default';
    if (environment.delivery !== 'observe' && !(await deps.storms.reserve(instance, update.id, deps.now()))) {
      return superseded(`10 rollbacks of the Argo CD instance ${instance} were made in 10 min; roll back by hand`);
    }
    return { update: { ...update, image: found.image, pushedAt }, environment, ...rest };
  };
}

async function judgeTip(
  deployment: Deployment,
  environment: Environment,
  { tip, repository }: RollbackPlace,
): Promise<string | undefined> {
  const resolved = { update: deployment.update, environment };
  const files = await readFiles(repository, tip.commit, [resolved]);
  const inspection = tryInspect(resolved, files);
  const other = conditions.tipval(heldValue(resolved, files));
  if (other !== undefined || !inspection) return other ?? 'the files do not use the image';
  const commit = await findIntroduction(inspection, tip.commit, repository);
  const [change] = inspection.changes;
  const ids: string[] = [];
  if (change) {
    for await (const { message } of repository.history(commit, change.file, 1))
      ids.push(...parseTrailers(message).map(({ id }) => id));
  }
  return conditions.putby(deployment, commit, ids);
}

type Committed = Deployment & { readonly commit: string };

async function findValue(
  { update, commit, applications = [] }: Committed,
  environment: Environment,
  { tip, repository }: RollbackPlace,
  deps: JudgeDeps,
): Promise<{ readonly image: Deployment['update']['image'] } | Refusal> {
  const kept = await Promise.all(applications.map((name) => deps.results.keptValues(name, update)));
  const healthy = kept.map((values) => values.healthy);
  const value = await lastHealthy(healthy, { image: update.image, commit }, (a, b) => repository.isAncestor(a, b));
  if (!value) return { refused: 'no other value is known to have been healthy before it' };
  const { key } = deps.repositories.open(environment.repository);
  const last = await Promise.all(applications.map((name) => deps.results.lastResult(name)));
  const paths = last.flatMap((one) =>
    one ? pathsOf(one.result, environment, (url) => deps.isOfRepository(url, key)) : [],
  );
  const range = { revision: value.revision, tip: tip.commit };
  const foreign = await findForeign([...new Set(paths)], range, repository, deps.store);
  if (foreign === 'unknown')
    return { refused: `its last healthy revision ${value.revision.slice(0, 10)} is not below the tip` };
  const reason = conditions.own(foreign);
  return reason === undefined ? value : { refused: reason };
}

async function judgeApplications(
  { update, commit, applications = [], progress = {}, states }: Committed,
  environment: Environment,
  { repository }: RollbackPlace,
  { results, factsOf, blame, now }: JudgeDeps,
): Promise<{ readonly wait?: conditions.Wait } | Refusal> {
  let wait: conditions.Wait | undefined;
  for (const name of applications) {
    const { state } = progress[name] ?? {};
    if (state !== 'failed' && state !== 'degraded') continue;
    const { shown } = await results.keptValues(name, update);
    let before: string | undefined;
    for (const { revision, health } of shown) {
      if (await repository.isAncestor(commit, revision)) continue;
      before = health;
      break;
    }
    const isShared = await results.isShared(name);
    const blamed = isShared ? await blame(name) : undefined;
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
