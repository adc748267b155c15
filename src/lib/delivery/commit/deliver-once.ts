import { readOnce } from '../../deployments/read-once.ts';
import { isEnded } from '../../model/deployment.ts';
import type { Outcome, Outcomes } from '../../model/outcome.ts';
import { updateKey } from '../../model/tag-update.ts';
import { inTurn } from '../../async/in-turn.ts';
import { withRegistry } from '../ask-registry.ts';
import { branchJournal, pushWithIntent } from '../intents/record.ts';
import { reconcileIntents } from '../intents/reconcile.ts';
import { raiseMark } from '../marks/raise-mark.ts';
import { redeliverMoved, redeliverOvertaken } from '../redeliver-overtaken.ts';
import { isOurCommit } from '../trailers/proven-updates.ts';
import { yieldToPusher } from '../yield-to-pusher.ts';
import { evaluateUpdate } from '../evaluate-update.ts';
import { previousTag } from '../plan/commit-message.ts';
import { changeDiff } from '../plan/change-diff.ts';
import { observed } from '../plan/observed.ts';
import { planCommit } from '../plan/plan-commit.ts';
import type { CommitPlan } from '../plan/plan-commit.ts';
import { editWarnings } from '../../values/inspect.ts';
import type { Inspection, ResolvedUpdate } from '../../values/inspect.ts';
import type { Commit, Tip } from '../../git/repository.ts';
import type { Verdict } from '../../promotion/verdict.ts';
import { heldBySources } from '../promotion-outcome.ts';
import { checkFresh, heldByWindow, judgeGroup, keepWithoutMark, markIn, withBuild, withVerdict } from '../attempt.ts';
import type { DeliveryAttempt } from '../attempt.ts';
import { readStoreOrRestore } from '../restore/read-store-or-restore.ts';
import { openedFiles, readFiles } from '../../values/read-files.ts';
import { markOf, recordCommitted } from '../record-committed.ts';
import type { PushDeps, Target } from '../delivery.ts';

/**
 * One try to deliver a group: tip → push intents → records, marks and files → decision → intent → push → marks and
 * records → remove the intent.
 *
 * @throws {Failure} a failure that concerns the whole group; after `branch-moved` and `answer-lost` try again from the start
 */
export async function deliverOnce(group: readonly ResolvedUpdate[], target: Target, deps: PushDeps): Promise<Outcomes> {
  const tip = await target.repository.tip(target.branch);
  const intents = await deps.store.intents(target.key);
  yieldToPusher(intents, deps);
  await reconcileIntents(intents, tip, target.repository, deps);
  const place = { tip, repository: target.repository };
  // Each record is read after the intents.
  const reading = { ...deps, store: readOnce(deps.store) };
  return withRegistry(group, place, reading, (current) => deliverCurrent(current, tip, target, reading));
}

async function deliverCurrent(
  group: readonly ResolvedUpdate[],
  tip: Tip,
  target: Target,
  deps: PushDeps,
): Promise<Outcomes> {
  const { repository } = target;
  const place = { tip, repository };
  const [known, files] = await Promise.all([
    readStoreOrRestore(group, place, deps, () => deps.namedEnvironments(place, target.key)),
    readFiles(repository, tip.commit, group),
  ]);
  const attempt = { tip, target, deps, known, files };
  const verdicts = await judgeGroup(group, known, tip, target, deps);
  const outcomes: Outcomes = new Map();
  const toApply: Inspection[] = [];
  const decisions = await Promise.all(
    group
      .map((resolved) => withBuild(resolved, known))
      .map(async (resolved) => ({
        resolved,
        decided: await outcomeOrChange(resolved, verdicts.get(resolved.update.id), attempt),
      })),
  );
  for (const { resolved, decided } of decisions) {
    if ('kind' in decided) outcomes.set(resolved.update.id, decided);
    else toApply.push(decided);
  }
  const plan = planCommit(toApply, openedFiles(files));
  try {
    if (plan.applied.length > 0) await pushPlan(plan, attempt, outcomes);
  } finally {
    const committed = new Set(
      group
        .filter(({ update }) => outcomes.get(update.id)?.kind === 'committed')
        .map(({ update }) => updateKey(update)),
    );
    const unwritten = known.withoutMark?.filter((environment) => !committed.has(updateKey(environment)));
    if (unwritten) await keepWithoutMark(unwritten, tip, deps);
  }
  return outcomes;
}

/** The outcome of an update that writes nothing, else the change that it needs. */
async function outcomeOrChange(
  resolved: ResolvedUpdate,
  verdict: Verdict | undefined,
  attempt: DeliveryAttempt<PushDeps>,
): Promise<Outcome | Inspection> {
  const { known, files, deps } = attempt;
  const record = known.records.get(resolved.update.id);
  if (record && isEnded(record)) {
    if (record.state !== 'pull-request') await redeliverMoved(resolved, markIn(known, resolved), deps);
    const { state, commit } = record;
    return { kind: 'done-before', state, ...(commit === undefined ? {} : { commit }) };
  }
  const decided = await evaluateUpdate(withVerdict(resolved, verdict), attempt);
  if ('kind' in decided) return decided;
  const now = deps.now();
  const held = heldBySources(resolved, verdict, known, now) ?? heldByWindow(resolved, known, now);
  if (held) return held;
  return resolved.environment.delivery === 'observe' ? observed(decided, openedFiles(files)) : decided;
}

async function pushPlan(plan: CommitPlan, attempt: DeliveryAttempt<PushDeps>, outcomes: Outcomes): Promise<void> {
  const { tip, target, known, deps } = attempt;
  checkFresh(known, deps.now());
  const journal = branchJournal(plan, tip, target, deps);
  const isOurs = (above: Commit) => isOurCommit(above, target.repository, deps);
  const encoder = new TextEncoder();
  const files = plan.files.map(({ path, after }) => ({ path, content: encoder.encode(after) }));
  const { commit } = await pushWithIntent(journal, async () => {
    // Storage may have taken long for the intent.
    checkFresh(known, deps.now());
    return target.repository.push({ branch: tip.branch, base: tip.commit, message: plan.message, files, isOurs });
  });
  const groupSize = plan.applied.length;
  const opened = openedFiles(attempt.files);
  await Promise.all(
    plan.applied.map(async (inspection) => {
      const { resolved } = inspection;
      const previous = previousTag(inspection);
      const warnings = editWarnings(inspection);
      const details = { commit, branch: tip.branch, ...(previous === undefined ? {} : { previous }) };
      const planned = markIn(known, resolved);
      const newer = await raiseMark(resolved, markOf(resolved, commit), planned, target.repository, deps);
      // Before the record: the open intent repeats a call that fails.
      if (newer) await redeliverOvertaken(inspection, newer, commit, target.repository, deps);
      const diff = await inTurn(() => changeDiff(inspection, opened));
      await recordCommitted(
        resolved,
        { ...details, diff, ...(warnings.length > 0 && { editWarnings: warnings }) },
        deps,
      );
      outcomes.set(resolved.update.id, {
        kind: 'committed',
        groupSize,
        ...details,
        ...(warnings.length > 0 && { warnings }),
      });
    }),
  );
  for (const { inspection, by } of plan.superseded) {
    outcomes.set(inspection.resolved.update.id, { kind: 'superseded', by, reason: `the same commit brought ${by}` });
  }
  await journal.remove();
}
