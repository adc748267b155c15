import { isEnded } from '../../model/deployment.ts';
import { Failure } from '../../model/failure.ts';
import { withRegistry } from '../ask-registry.ts';
import { askStore, openedFiles, readFiles, weigh, withBuild } from '../commit/deliver-once.ts';
import type { Known, Outcomes } from '../commit/deliver-once.ts';
import type { DeliverDeps, Proposal, Target } from '../delivery.ts';
import type { Outcome } from '../../model/outcome.ts';
import { newerOf } from '../plan/decide.ts';
import { isUpToDate } from '../../values/inspect.ts';
import type { Inspection, OpenedFile, ResolvedUpdate } from '../../values/inspect.ts';
import { planCommit } from '../plan/plan-commit.ts';
import { updateKey } from '../../model/tag-update.ts';
import type { TagUpdate } from '../../model/tag-update.ts';
import { dropCarried, dropRouteless } from './remove-from-pull-request.ts';
import { propose, takeBack } from './propose.ts';
import { tryInspect } from '../../values/try-inspect.ts';
import { readSource } from './source-state.ts';
import type { SourceState } from './source-state.ts';

/**
 * One try to propose a group by pull request: target, source branch and pull request → decision against the target, the
 * marks and what is proposed already → announce → push → pull request → records. An empty group looks after what is
 * proposed already.
 *
 * @throws {Failure} what concerns the whole group; `branch-moved` and `answer-lost` ask for another try from the start
 */
export async function proposeOnce(
  group: readonly ResolvedUpdate[],
  target: Target,
  proposal: Proposal,
  deps: DeliverDeps,
): Promise<Outcomes> {
  const state = await readSource(target, proposal, deps);
  return withRegistry(group, deps, (current) => proposeAsked(current, state, target, proposal, deps));
}

async function proposeAsked(
  group: readonly ResolvedUpdate[],
  state: SourceState,
  target: Target,
  proposal: Proposal,
  deps: DeliverDeps,
): Promise<Outcomes> {
  const carried = await resolveAll(state.carried, deps);
  const former = await resolveAll(state.former, deps);
  const everything = [...carried, ...group];
  const [known, files] = await Promise.all([
    askStore([...everything, ...former], deps),
    readFiles(target.repository, state.tip.commit, everything),
  ]);
  const judge = (resolved: ResolvedUpdate) =>
    weigh(withBuild(resolved, known), state.tip, files, known.marks.get(updateKey(resolved.update)), target, deps);

  const outcomes: Outcomes = new Map();
  const fresh = new Map<string, Inspection>();
  for (const resolved of group) {
    const decided = before(resolved, known) ?? respect(await judge(resolved), resolved, known, former);
    if ('kind' in decided) outcomes.set(resolved.update.id, decided);
    else fresh.set(resolved.update.id, decided);
  }
  if (!state.isOurs) {
    const failure = await handOver(state, proposal);
    for (const id of fresh.keys()) outcomes.set(id, { kind: 'failed', failure });
    return outcomes;
  }
  // What came twice changes nothing, and a branch that somebody has deleted comes back with a newer tag only.
  if (fresh.size === 0 && (group.length > 0 || state.head === undefined)) return outcomes;
  await dropRouteless(state.carried, carried, proposal.repositoryUrl, deps);
  const kept: Inspection[] = [];
  for (const resolved of carried) {
    // On the commit that it was judged by, the judgement stands.
    const decided =
      (state.base === state.tip.commit && waiting(withBuild(resolved, known), files)) || (await judge(resolved));
    if ('kind' in decided && decided.kind === 'failed' && decided.failure.kind === 'retryable') throw decided.failure;
    if ('kind' in decided) await dropCarried(resolved.update, decided, proposal.repositoryUrl, deps);
    else kept.push(decided);
  }
  const inBranch = new Set(kept.map(({ resolved }) => resolved.update.id));
  const added = [...fresh].flatMap(([id, inspection]) => (inBranch.has(id) ? [] : [inspection]));
  const contents = planCommit([...kept, ...added], openedFiles(files));
  if (contents.applied.length === 0) {
    await takeBack(state, proposal, deps);
    return outcomes;
  }
  const isShorter = kept.length < state.carried.length;
  for (const [id, outcome] of await propose({ contents, isShorter }, state, target, proposal, deps))
    if (fresh.has(id)) outcomes.set(id, outcome);
  return outcomes;
}

/** The updates with their environments; those without a route are left out. */
async function resolveAll(updates: readonly TagUpdate[], { findEnvironment }: DeliverDeps): Promise<ResolvedUpdate[]> {
  const resolved: ResolvedUpdate[] = [];
  for (const update of updates) {
    const environment = await findEnvironment(update);
    if (environment) resolved.push({ update, environment });
  }
  return resolved;
}

/** What an update would still change; `undefined` where that is nothing, or cannot be seen. */
function waiting(resolved: ResolvedUpdate, files: ReadonlyMap<string, OpenedFile>): Inspection | undefined {
  const inspection = tryInspect(resolved, files);
  return inspection && !isUpToDate(inspection) ? inspection : undefined;
}

/** The outcome of an earlier delivery. */
function before({ update }: ResolvedUpdate, { records }: Known): Outcome | undefined {
  const record = records.get(update.id);
  if (!record || !isEnded(record)) return undefined;
  const commit = record.commit === undefined ? {} : { commit: record.commit };
  return { kind: 'done-before', state: record.state, ...commit };
}

/** What a person has closed is not proposed again, nor is anything older, unless a person asks for it. */
function respect(
  decided: Outcome | Inspection,
  resolved: ResolvedUpdate,
  { records }: Known,
  former: readonly ResolvedUpdate[],
): Outcome | Inspection {
  if ('kind' in decided || resolved.update.replay) return decided;
  const isClosed = ({ update }: ResolvedUpdate) => records.get(update.id)?.code === 'pull-request-closed';
  if (isClosed(resolved)) return { kind: 'done-before', state: 'rejected' };
  const newer = former.find(
    (other) =>
      isClosed(other) && updateKey(other.update) === updateKey(resolved.update) && newerOf(other, resolved) === other,
  );
  if (!newer) return decided;
  const by = newer.update.image.tag;
  return { kind: 'superseded', by, reason: `${by}, which is newer, was proposed before and closed without merging` };
}

/** Somebody has pushed to the branch: it does not complete by itself any more, and nothing is pushed over it. */
async function handOver({ active, source }: SourceState, { pullRequests, repositoryUrl }: Proposal): Promise<Failure> {
  if (active?.autoCompletes === true) await pullRequests.setAutoComplete(active, undefined);
  const advice = active ? `Complete or abandon ${active.url}` : 'Delete the branch';
  return new Failure(
    'pull-request-taken-over',
    `Somebody has pushed to ${source} of ${repositoryUrl}, so nothing is pushed over it. ${advice}; then updates go on.`,
    { place: { repository: repositoryUrl } },
  );
}
