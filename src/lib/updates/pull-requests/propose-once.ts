import { isEnded, moveTo, queued } from '../../deployments/deployment.ts';
import { Failure } from '../../failure.ts';
import type { PullRequest } from '../../gitops/pull-requests.ts';
import { askStore, openedFiles, readFiles, weigh } from '../deliver-once.ts';
import type { DeliverDeps, Known, Outcomes, Proposal, Target } from '../deliver-once.ts';
import type { Outcome } from '../outcome.ts';
import { previousTag } from '../plan/commit-message.ts';
import { newerOf } from '../plan/decide.ts';
import type { Inspection, ResolvedUpdate } from '../plan/inspect.ts';
import { planCommit } from '../plan/plan-commit.ts';
import type { CommitPlan } from '../plan/plan-commit.ts';
import { updateKey } from '../tag-update.ts';
import { dropCarried } from './drop-carried.ts';
import { openPullRequest } from './open-pull-request.ts';
import { planPush } from './plan-push.ts';
import { pushProposal, recordProposal } from './push-proposal.ts';
import { end } from './settle-pull-request.ts';
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
  const carried = await resolveAll(state.carried, deps);
  const former = await resolveAll(state.former, deps);
  const everything = [...carried, ...group];
  const [known, files] = await Promise.all([
    askStore(everything, deps),
    readFiles(target.repository, state.tip.commit, everything),
  ]);
  const judge = (resolved: ResolvedUpdate) =>
    weigh(resolved, state.tip, files, known.marks.get(updateKey(resolved.update)), target, deps);

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
  const kept: Inspection[] = [];
  for (const resolved of carried) {
    const decided = await judge(resolved);
    if ('kind' in decided) await dropCarried(resolved.update, decided, proposal.repositoryUrl, deps);
    else kept.push(decided);
  }
  const isShorter = kept.length < state.carried.length;
  const inBranch = new Set(kept.map(({ resolved }) => resolved.update.id));
  const added = [...fresh].flatMap(([id, inspection]) => (inBranch.has(id) ? [] : [inspection]));
  const contents = planCommit([...kept, ...added], openedFiles(files));
  if (contents.applied.length === 0) await takeBack(state, proposal, deps);
  else await propose(contents, isShorter, state, target, proposal, deps, fresh, outcomes);
  return outcomes;
}

/** The outcome of an earlier delivery. */
function before({ update }: ResolvedUpdate, { records }: Known): Outcome | undefined {
  const record = records.get(update.id);
  if (!record || !isEnded(record)) return undefined;
  const commit = record.commit === undefined ? {} : { commit: record.commit };
  return { kind: 'done-before', state: record.state, ...commit };
}

/** What a person has closed is not proposed again, and nothing older either. */
function respect(
  decided: Outcome | Inspection,
  resolved: ResolvedUpdate,
  { records }: Known,
  former: readonly ResolvedUpdate[],
): Outcome | Inspection {
  if ('kind' in decided) return decided;
  const { update } = resolved;
  if (records.get(update.id)?.code === 'pull-request-closed') return { kind: 'done-before', state: 'rejected' };
  const newer = former.find(
    (other) => updateKey(other.update) === updateKey(update) && newerOf(other, resolved) === other,
  );
  if (!newer || newer.update.id === update.id) return decided;
  const by = newer.update.image.tag;
  return { kind: 'superseded', by, reason: `a pull request has proposed ${by}, which is newer, before` };
}

/** The updates with their environments; those without a route are left out. */
async function resolveAll(
  updates: SourceState['carried'],
  { findEnvironment }: DeliverDeps,
): Promise<ResolvedUpdate[]> {
  const resolved: ResolvedUpdate[] = [];
  for (const update of updates) {
    const environment = await findEnvironment(update);
    if (environment) resolved.push({ update, environment });
  }
  return resolved;
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

/** Nothing is left to propose: the target holds it all, or newer. */
async function takeBack(state: SourceState, { pullRequests }: Proposal, { store }: DeliverDeps): Promise<void> {
  const { active, key, source, head } = state;
  if (!active || state.carried.length === 0) return;
  await pullRequests.abandon(active.number);
  await store.updateSourceBranch(key, () => 'cleared');
  if (head !== undefined) await pullRequests.removeSource(source, head);
}

async function propose(
  contents: CommitPlan,
  isShorter: boolean,
  state: SourceState,
  target: Target,
  proposal: Proposal,
  deps: DeliverDeps,
  awaited: ReadonlyMap<string, unknown>,
  outcomes: Outcomes,
): Promise<void> {
  const planned = await planPush(contents, isShorter, state, target);
  const landed = planned && (await pushProposal(planned, contents, state, proposal, deps));
  const isKnown = state.active !== undefined && state.active.number === state.known;
  const pullRequest =
    state.active && isKnown && !landed
      ? state.active
      : await openPullRequest(contents.applied, state, proposal.pullRequests);
  await recordProposal(state, pullRequest, landed, deps);
  for (const inspection of contents.applied) {
    const outcome = await recordProposed(inspection, pullRequest, contents, state, proposal, deps);
    const { id } = inspection.resolved.update;
    if (awaited.has(id)) outcomes.set(id, outcome);
  }
  for (const { inspection, by } of contents.superseded) {
    const { update } = inspection.resolved;
    const reason = `pull request ${pullRequest.number} proposes ${by}`;
    if (awaited.has(update.id)) outcomes.set(update.id, { kind: 'superseded', by, reason });
    else await end(update, proposal.repositoryUrl, { state: 'superseded', reason }, deps);
  }
}

async function recordProposed(
  inspection: Inspection,
  { number, url }: PullRequest,
  { applied }: CommitPlan,
  { source, tip }: SourceState,
  { repositoryUrl }: Proposal,
  { store, now }: DeliverDeps,
): Promise<Outcome> {
  const { update } = inspection.resolved;
  const tag = previousTag(inspection);
  const previous = tag === undefined ? {} : { previous: tag };
  await store.update(update, (current) =>
    current && isEnded(current) && current.state !== 'pull-request'
      ? undefined
      : moveTo(
          current ?? queued(update, repositoryUrl, now()),
          'pull-request',
          { branch: tip.branch, pullRequest: { number, url }, ...previous },
          now(),
        ),
  );
  return { kind: 'pull-request', number, url, branch: source, groupSize: applied.length, ...previous };
}
