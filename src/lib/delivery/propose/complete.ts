import type { SourceBranch } from '../../model/source-branch.ts';
import { isAutomaticRollback } from '../../model/tag-update.ts';
import { isHeldBack } from '../../routes/match/is-held-back.ts';
import type { Inspection } from '../../values/inspect.ts';
import { checkFresh } from '../attempt.ts';
import { proposalText } from '../plan/pull-request-text.ts';
import { holdByWindow } from '../windows/hold.ts';
import type { Hold } from '../windows/hold.ts';
import type { ProposalAttempt } from './proposal-attempt.ts';

/** A refused completion is tried again after this time, and at each event of the pull request. */
const againAfterMs = 5 * 60_000;

/**
 * Whether tagrelay completes the pull request of these updates itself, instead of the Git host.
 *
 * @param isTakenOver a freeze has ended the Git host's own auto-complete
 */
export function completesItself(updates: readonly Inspection[], isTakenOver: boolean): boolean {
  return (
    updates.length > 0 &&
    updates.every(({ resolved: { update, environment } }) => {
      const { pullRequest } = environment;
      const isWanted = pullRequest?.autoComplete === true && !pullRequest.draft && !isAutomaticRollback(update);
      return isWanted && (isTakenOver || isHeldBack(environment));
    })
  );
}

/** The next try of a pull request that tagrelay completes. */
export function isCompletionDue({ completion }: Pick<SourceBranch, 'completion'>, now: Date): boolean {
  return completion !== undefined && Date.parse(completion.at) <= now.getTime();
}

/**
 * Completes the open pull request at the head that tagrelay pushed last, if the sources of every update let it go on, and no
 * window is closed. Else the next try is recorded.
 *
 * @param head of the branch; it has to be the one of the pull request
 */
export async function completeProposal(
  updates: readonly Inspection[],
  head: string | undefined,
  attempt: ProposalAttempt,
): Promise<void> {
  const { state, target, known, proposal, deps } = attempt;
  const { active, tip } = state;
  if (!active || head === undefined) return;
  if (active.head !== head) return recordTry(attempt, 'the Git host has not seen the last push', 0);
  const group = updates.map(({ resolved }) => resolved);
  const verdicts = await deps.judge?.(group, { tip, repository: target.repository });
  const held = group.flatMap((resolved) => {
    const verdict = verdicts?.get(resolved.update.id);
    const hold = holdByWindow(resolved, known.freezes, deps.now());
    return verdict && verdict.kind !== 'promoted' ? [verdict.reason] : hold ? [hold.reason] : [];
  });
  const [reason] = held;
  if (reason !== undefined) return recordTry(attempt, reason);
  checkFresh(known, deps.now());
  const strategy = group[0]?.environment.pullRequest?.mergeStrategy ?? 'squash';
  const completion = { strategy, message: proposalText(updates, []).mergeMessage, head };
  return recordTry(attempt, await proposal.pullRequests.complete(active.number, completion));
}

/** Records the next try; without a reason the Git host completes it now. */
export async function recordTry(
  { state: { key }, deps: { store, now } }: Pick<ProposalAttempt, 'state' | 'deps'>,
  refused: string | undefined,
  afterMs = againAfterMs,
): Promise<void> {
  const at = new Date(now().getTime() + afterMs).toISOString();
  await store.updateSourceBranch(
    key,
    (current) => current && { ...current, completion: { at, ...(refused !== undefined && { refused }) } },
  );
}

/** While a window is closed, an open pull request is not planned: its completion is tried again after the opening. */
export async function postponeTry(
  { reason, until }: Hold,
  { state: { key }, deps: { store } }: Pick<ProposalAttempt, 'state' | 'deps'>,
): Promise<void> {
  await store.updateSourceBranch(key, (current) =>
    current?.completion ? { ...current, completion: { at: until, refused: reason } } : undefined,
  );
}
