import { ageMs } from '../../model/clock.ts';
import type { SourceBranch, SourceIntent } from '../../model/source-branch.ts';
import type { DeploymentStore } from '../../deployments/store.ts';
import type { IntentJournal } from './record.ts';
import { pushIsOverAfterMs } from './reconcile.ts';

/**
 * The intent of a push to a source branch. It is part of the row of the branch, so that one write adopts the push and
 * removes its intent.
 *
 * @param newRow the row of a branch that the store does not know
 */
export function sourceJournal(
  key: string,
  intent: SourceIntent,
  newRow: SourceBranch,
  store: Pick<DeploymentStore, 'updateSourceBranch'>,
): IntentJournal {
  return {
    record: () =>
      store.updateSourceBranch(key, (current = newRow) => ({ ...current, announced: [...current.announced, intent] })),
    remove: () => store.updateSourceBranch(key, (current) => current && withoutIntent(current, intent.id)),
  };
}

/** The latest push without an answer that is the head of the branch: the head's trailers have all of its ids. */
export function landedIntent(
  { announced }: Pick<SourceBranch, 'announced'>,
  idsOfHead: ReadonlySet<string>,
): SourceIntent | undefined {
  return announced.findLast(({ ids }) => ids.every((id) => idsOfHead.has(id)));
}

/** The row after the push of an intent has become the head; `undefined` where the row has no such intent. */
export function adoptPush(row: SourceBranch | undefined, head: string, id: string): SourceBranch | undefined {
  const landed = row?.announced.find((intent) => intent.id === id);
  if (!row || !landed) return undefined;
  const { base, updates } = landed;
  return { ...row, head, base, updates, announced: row.announced.filter((intent) => intent !== landed) };
}

/** Whether the row has an intent whose push can no longer land. */
export function hasExpired({ announced }: Pick<SourceBranch, 'announced'>, now: Date): boolean {
  return withoutExpired(announced, now).length < announced.length;
}

/** The intents whose push may still land. */
export function withoutExpired(announced: SourceBranch['announced'], now: Date): SourceBranch['announced'] {
  return announced.filter(({ at }) => ageMs(at, now) <= pushIsOverAfterMs);
}

function withoutIntent(row: SourceBranch, id: string): SourceBranch | 'cleared' {
  const announced = row.announced.filter((intent) => intent.id !== id);
  const isEmpty = announced.length === 0 && row.head === undefined && row.closed === undefined;
  return isEmpty ? 'cleared' : { ...row, announced };
}
