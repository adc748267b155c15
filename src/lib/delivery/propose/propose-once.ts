import { readOnce } from '../../deployments/read-once.ts';
import { isEnded } from '../../model/deployment.ts';
import { Failure } from '../../model/failure.ts';
import type { Outcome, Outcomes } from '../../model/outcome.ts';
import { withRegistry } from '../ask-registry.ts';
import { heldByWindow, heldOutcome, judgeGroup, keepWithoutMark, withBuild, withVerdict } from '../attempt.ts';
import { heldBySources } from '../promotion-outcome.ts';
import { readStoreOrRestore } from '../restore/read-store-or-restore.ts';
import { holdByWindow } from '../windows/hold.ts';
import type { Known } from '../attempt.ts';
import type { DeliverDeps, Proposal, Target } from '../delivery.ts';
import { evaluateUpdate } from '../evaluate-update.ts';
import { newerOf } from '../plan/decide.ts';
import { isUpToDate } from '../../values/inspect.ts';
import type { Inspection, OpenedFile, ResolvedUpdate } from '../../values/inspect.ts';
import { planCommit } from '../plan/plan-commit.ts';
import { openedFiles, readFiles } from '../../values/read-files.ts';
import { isReplay, isRollback, updateKey } from '../../model/tag-update.ts';
import type { TagUpdate } from '../../model/tag-update.ts';
import { postponeTry } from './complete.ts';
import type { ProposalAttempt } from './proposal-attempt.ts';
import { removeFromPullRequest, removeRouteless } from './remove-from-pull-request.ts';
import { closeProposal, propose } from './propose.ts';
import { tryInspect } from '../../values/held-value.ts';
import { readSource } from './source-state.ts';
import type { SourceState } from './source-state.ts';

/**
 * One try to propose a group by pull request: target, source branch and pull request → decision against the target, the
 * marks and the current proposal → intent → push → pull request → records. An empty group only updates the current
 * proposal.
 *
 * @throws {Failure} a failure that concerns the whole group; after `branch-moved` and `answer-lost` try again from the start
 */
export async function proposeOnce(
  group: readonly ResolvedUpdate[],
  target: Target,
  proposal: Proposal,
  deps: DeliverDeps,
): Promise<Outcomes> {
  const state = await readSource(target, proposal, deps);
  const place = { tip: state.tip, repository: target.repository };
  const reading = { ...deps, store: readOnce(deps.store) };
  return withRegistry(group, place, reading, async (current) => {
    const carried = await resolveAll(state.carried, deps);
    const former = await resolveAll(state.former, deps);
    const everything = [...carried, ...current];
    const [known, files] = await Promise.all([
      readStoreOrRestore([...everything, ...former], place, reading),
      readFiles(target.repository, state.tip.commit, everything),
    ]);
    // A merge raises the mark later.
    await keepWithoutMark(known.withoutMark ?? [], state.tip, deps);
    const attempt = { tip: state.tip, target, proposal, state, known, files, deps };
    return proposeCurrent({ group: current, carried, former }, attempt);
  });
}

interface Proposable {
  readonly group: readonly ResolvedUpdate[];
  /** The updates that the branch proposes already. */
  readonly carried: readonly ResolvedUpdate[];
  /** The updates of a pull request that has ended. */
  readonly former: readonly ResolvedUpdate[];
}

async function proposeCurrent({ group, carried, former }: Proposable, attempt: ProposalAttempt): Promise<Outcomes> {
  const { state, proposal, known, files, deps } = attempt;
  const verdicts = await judgeGroup(group, known, state.tip, attempt.target, deps);
  const verdictOf = ({ update }: ResolvedUpdate) => verdicts.get(update.id);
  const evaluate = (resolved: ResolvedUpdate) =>
    evaluateUpdate(withVerdict(withBuild(resolved, known), verdictOf(resolved)), attempt);
  const outcomes: Outcomes = new Map();
  const fresh = new Map<string, Inspection>();
  for (const resolved of group) {
    const decided = earlierOutcome(resolved, known) ?? respectClosed(await evaluate(resolved), resolved, known, former);
    if ('kind' in decided) outcomes.set(resolved.update.id, decided);
    else fresh.set(resolved.update.id, decided);
  }
  // While a window is closed, the open pull request does not change: what would join it waits too.
  const [closed] = carried.flatMap((resolved) => holdByWindow(resolved, known.freezes, deps.now()) ?? []);
  for (const { resolved } of fresh.values()) {
    const now = deps.now();
    const held =
      heldBySources(resolved, verdictOf(resolved), known, now) ??
      heldByWindow(resolved, known, now) ??
      (closed && heldOutcome(resolved, closed, known));
    if (held) outcomes.set(resolved.update.id, held);
  }
  for (const id of outcomes.keys()) fresh.delete(id);
  if (closed && fresh.size === 0) {
    await postponeTry(closed, attempt);
    return outcomes;
  }
  if (!state.isOurs) {
    const failure = await failTakenOver(state, proposal);
    for (const id of fresh.keys()) outcomes.set(id, { kind: 'failed', failure });
    return outcomes;
  }
  // A redelivery changes nothing, and a branch that was deleted by a person comes back only with a newer tag.
  if (fresh.size === 0 && (group.length > 0 || state.head === undefined)) return outcomes;
  await removeRouteless(state.carried, carried, proposal.repositoryUrl, deps);
  const kept: Inspection[] = [];
  for (const resolved of carried) {
    // On the commit that it was evaluated at, the decision stands.
    const decided =
      (state.base === state.tip.commit && pendingChange(withBuild(resolved, known), files)) ||
      (await evaluate(resolved));
    if ('kind' in decided && decided.kind === 'failed' && decided.failure.kind === 'retryable') throw decided.failure;
    if ('kind' in decided) await removeFromPullRequest(resolved.update, decided, proposal.repositoryUrl, deps);
    else kept.push(decided);
  }
  const inBranch = new Set(kept.map(({ resolved }) => resolved.update.id));
  const added = [...fresh].flatMap(([id, inspection]) => (inBranch.has(id) ? [] : [inspection]));
  const contents = planCommit([...kept, ...added], openedFiles(files));
  if (contents.applied.length === 0) {
    await closeProposal(attempt);
    return outcomes;
  }
  const isShorter = kept.length < state.carried.length;
  for (const [id, outcome] of await propose({ contents, isShorter }, attempt))
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

/** The change that an update still needs; `undefined` if none, or if the files cannot be edited. */
function pendingChange(resolved: ResolvedUpdate, files: ReadonlyMap<string, OpenedFile>): Inspection | undefined {
  const inspection = tryInspect(resolved, files);
  return inspection && !isUpToDate(inspection) ? inspection : undefined;
}

/** The outcome of an earlier delivery. */
function earlierOutcome({ update }: ResolvedUpdate, { records }: Known): Outcome | undefined {
  const record = records.get(update.id);
  if (!record || !isEnded(record)) return undefined;
  const commit = record.commit === undefined ? {} : { commit: record.commit };
  return { kind: 'done-before', state: record.state, ...commit };
}

/** An update that a person has closed is not proposed again, nor is an older one, unless a person replays it. */
function respectClosed(
  decided: Outcome | Inspection,
  resolved: ResolvedUpdate,
  { records }: Known,
  former: readonly ResolvedUpdate[],
): Outcome | Inspection {
  if ('kind' in decided || isReplay(resolved.update)) return decided;
  const isClosed = ({ update }: ResolvedUpdate) => records.get(update.id)?.code === 'pull-request-closed';
  if (isClosed(resolved)) return { kind: 'done-before', state: 'rejected' };
  if (isRollback(resolved.update)) return decided;
  const newer = former.find(
    (other) =>
      isClosed(other) && updateKey(other.update) === updateKey(resolved.update) && newerOf(other, resolved) === other,
  );
  if (!newer) return decided;
  const by = newer.update.image.tag;
  return { kind: 'superseded', by, reason: `${by}, which is newer, was proposed before and closed without merging` };
}

/** Someone else has pushed to the branch: auto-complete is switched off, and no push replaces theirs. */
async function failTakenOver(
  { active, source }: SourceState,
  { pullRequests, repositoryUrl }: Proposal,
): Promise<Failure> {
  if (active?.autoCompletes === true) await pullRequests.setAutoComplete(active, undefined);
  const advice = active ? `Complete or abandon ${active.url}` : 'Delete the branch';
  return new Failure(
    'pull-request-taken-over',
    `Someone else pushed to ${source} of ${repositoryUrl}, so tagrelay does not push to it. ${advice}; then updates continue.`,
    { place: { repository: repositoryUrl } },
  );
}
