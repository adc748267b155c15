import type { DeploymentIndex } from '../deployments/deployment-index.ts';
import type { DeploymentStore } from '../deployments/store.ts';
import type { GitOpsRepository, Tip } from '../git/repository.ts';
import type { Repositories } from '../git/repositories.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import type { Clock } from '../model/clock.ts';
import type { Deployment } from '../model/deployment.ts';
import { isRollback } from '../model/tag-update.ts';
import type { Environment, RouteTable } from '../routes/route.ts';
import { tryInspect } from '../values/held-value.ts';
import type { OpenedFile, ResolvedUpdate } from '../values/inspect.ts';
import { readFiles } from '../values/read-files.ts';
import { healthyIn, sourceCommitOf } from './candidates.ts';
import { judgeSource } from './judge-source.ts';
import { listRecords } from './list-records.ts';
import { readSoaks } from './read-soaks.ts';
import { promotionInto } from './targets.ts';
import type { PromotionTarget } from './targets.ts';
import type { Verdict } from './verdict.ts';

export interface JudgeDeps {
  readonly routes: () => Promise<RouteTable>;
  readonly index: Pick<DeploymentIndex, 'list'>;
  readonly store: Pick<DeploymentStore, 'find' | 'findMark'>;
  readonly repositories: Pick<Repositories, 'open'>;
  /** The last kept result of an application. */
  readonly lastResult: (application: string) => Promise<{ readonly result: SyncResult } | undefined>;
  /** Asks Argo CD for the state of an application, where it can; the answer is its next result. It never throws. */
  readonly askArgoCd: (application: string) => void;
  readonly now: Clock;
}

/** The branch that a group is planned on. */
export interface PlannedBranch {
  readonly tip: Tip;
  readonly repository: GitOpsRepository;
}

/** The verdicts of the sources on the promotions of a group, by id. */
export type Judge = (group: readonly ResolvedUpdate[], branch: PlannedBranch) => Promise<ReadonlyMap<string, Verdict>>;

/** Whether the sources are asked for an update. A replay is judged as any promotion; a rollback is not. */
function isJudged({ update, environment }: ResolvedUpdate): boolean {
  return environment.promoteFrom.length > 0 && !isRollback(update);
}

/** The verdict of each source on each promotion, by id. A promotion without a route that has its sources gets none. */
export type JudgeSources = (
  group: readonly ResolvedUpdate[],
  branch: PlannedBranch,
) => Promise<ReadonlyMap<string, readonly SourceVerdict[]>>;

export interface SourceVerdict {
  readonly environment: string;
  readonly verdict: Verdict;
}

/**
 * Judges promotions in the plan of their target, after its tip. Where source and target share a branch, the files are read at
 * that tip, so the compare-and-swap of the push guards the verdict.
 */
export function makeJudge(deps: JudgeDeps): Judge {
  const judgeSources = makeJudgeSources(deps);
  return async (group, branch) => {
    const judged = await judgeSources(group, branch);
    return new Map([...judged].map(([id, verdicts]) => [id, verdictOfAll(verdicts)]));
  };
}

/** The same, for each source alone. */
export function makeJudgeSources(deps: JudgeDeps): JudgeSources {
  return async (group, branch) => {
    const asked = group.filter(isJudged);
    if (asked.length === 0) return new Map();
    const table = await deps.routes();
    const promotions = asked.map((resolved) => ({ resolved, promotion: promotionInto(table, resolved.update) }));
    const filesOf = filesReader(
      promotions.flatMap(({ promotion }) => promotion ?? []),
      branch,
      deps,
    );
    const judged = promotions.map(async ({ resolved, promotion }) => {
      const verdicts = promotion ? await judgeOne(resolved, promotion, filesOf, deps) : [];
      return [resolved.update.id, verdicts] as const;
    });
    return new Map(await Promise.all(judged));
  };
}

/** A promotion needs every source. */
function verdictOfAll(sources: readonly SourceVerdict[]): Verdict {
  const verdicts = sources.map(({ verdict }) => verdict);
  if (verdicts.length === 0) {
    const reason = 'the route no longer has an environment that `promoteFrom` names';
    return { kind: 'refused', code: 'not-promoted', reason };
  }
  return (
    verdicts.find(({ kind }) => kind === 'refused') ??
    verdicts.find(({ kind }) => kind === 'waits') ?? {
      kind: 'promoted',
      isAtSources: verdicts.every((verdict) => verdict.kind === 'promoted' && verdict.isAtSources),
      sources: verdicts.flatMap((verdict) => (verdict.kind === 'promoted' ? verdict.sources : [])),
    }
  );
}

/** A source's branch at its tip. */
interface SourceTip {
  readonly files: ReadonlyMap<string, OpenedFile>;
  readonly commit: string;
  readonly repository: GitOpsRepository;
}
type ReadSource = (source: PromotionTarget['environment']) => Promise<SourceTip>;

/** Reads the sources' files, once for each branch. */
function filesReader(
  promotions: readonly PromotionTarget[],
  branch: PlannedBranch,
  { repositories }: JudgeDeps,
): ReadSource {
  const readers = new Map<string, Promise<SourceTip>>();
  const sources = promotions.flatMap((promotion) => promotion.sources);
  const branchOf = ({ repository, branch: name }: PromotionTarget['environment']) => {
    const { key, repository: opened } = repositories.open(repository);
    return { key: `${key}#${name ?? ''}`, repository: opened, name };
  };
  return (source) => {
    const { key, repository, name } = branchOf(source);
    const known = readers.get(key);
    if (known) return known;
    const group = sources.filter((one) => branchOf(one).key === key).map((environment) => ({ environment }));
    const read = async (): Promise<SourceTip> => {
      const isPlanned = repository === branch.repository && (name ?? branch.tip.branch) === branch.tip.branch;
      const { commit } = isPlanned ? branch.tip : await repository.tip(name);
      return { files: await readFiles(repository, commit, group), commit, repository };
    };
    const started = read();
    readers.set(key, started);
    return started;
  };
}

async function judgeOne(
  { update, environment }: ResolvedUpdate,
  { route, sources }: PromotionTarget,
  filesOf: ReadSource,
  { index, store, lastResult, askArgoCd, now }: JudgeDeps,
): Promise<readonly SourceVerdict[]> {
  const { tag, digest } = update.image;
  const anyTag = environment.takesPushes;
  const isSameSource = environment.sameSource === true;
  const record = isSameSource ? await store.find(update) : undefined;
  const commit = record && sourceCommitOf(record);
  if (isSameSource && commit === undefined) {
    const reason = `no trusted build of ${tag} is known, so its source commit is unknown`;
    return sources.map(({ name }) => ({
      environment: name,
      verdict: { kind: 'refused', code: 'not-promoted', reason },
    }));
  }
  const image = commit === undefined ? { digest: digest ?? '' } : { source: commit };
  const records = await listRecords(index, route.name, anyTag ? image : { tag });
  const wanted = { tag, ...(digest !== undefined && { digest }), ...(commit !== undefined && { commit }) };
  return Promise.all(
    sources.map(async (source) => {
      const [tip, mark, results] = await Promise.all([
        filesOf(source),
        store.findMark({ route: route.name, environment: source.name }),
        Promise.all(source.application.map(async (name) => (await lastResult(name))?.result)),
      ]);
      const inspect = (record: Deployment) => tryInspect({ update: record.update, environment: source }, tip.files);
      const healthy = environment.soakSeconds > 0 ? healthyIn(source, records, wanted, anyTag) : [];
      const soaks = await readSoaks(healthy, source, tip, results, now());
      const state = { environment: source, records, inspect, mark, results, soaks };
      const verdict = judgeSource(state, wanted, environment, now());
      // The notification of a recovery can be lost.
      if (verdict.kind === 'waits') for (const name of sickOf(source, results)) askArgoCd(name);
      return { environment: source.name, verdict };
    }),
  );
}

/** The applications of a source that are not Healthy in their last result. */
function sickOf({ application }: Environment, results: readonly (SyncResult | undefined)[]): readonly string[] {
  return application.filter((_name, index) => results[index] && results[index].health.status !== 'Healthy');
}
