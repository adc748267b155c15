import { makeAuditStore } from '../lib/audit/audit-store.ts';
import { missedPushPartitions } from '../lib/deployments/missed-pushes.ts';
import { removeOldRecords } from '../lib/deployments/remove-old-records.ts';
import { postedPartitions } from '../lib/effects/posted.ts';
import { dayOf } from '../lib/figures/facts.ts';
import { makeFigureStore } from '../lib/figures/figure-store.ts';
import { retriesPartition } from '../lib/figures/retry-store.ts';
import { gatePartitions } from '../lib/gates/gate-store.ts';
import { timeLimit } from '../lib/model/clock.ts';
import type { Clock } from '../lib/model/clock.ts';
import type { Log } from '../lib/model/log.ts';
import { noticePartition } from '../lib/notify/notice-store.ts';
import { invalidRowsPartition } from '../lib/storage/invalid-rows.ts';
import { resultPartitions } from '../lib/settling/settle-store.ts';
import type { Stores } from './stores.ts';

/** Records, and rows of each other kind, that one run removes at most. */
const mostPerRun = 500;
/** A record has several transitions, and several statuses and build tags. */
const mostEntriesPerRun = 5_000;
const gateDays = 30;
const missedPushDays = 7;
const invalidRowDays = 2;
const dayMs = 24 * 60 * 60_000;
/** The time after which a run begins with no other record. */
const longestMs = 30_000;

/** Each hour. A new app has nothing to remove. */
export const retentionSchedule = '45 17 * * * *';

/**
 * Removes old records, figures, entries of the trail, gates, posted statuses and last results of applications.
 *
 * @returns `'unfinished'` if its time was over before its records
 */
export async function applyRetention(
  log: Log,
  days: number,
  { stores, now }: { readonly stores: Pick<Stores, 'rows' | 'records' | 'index'>; readonly now: Clock },
): Promise<'unfinished' | void> {
  const { rows, records: store, index } = stores;
  const ago = (count: number): Date => new Date(now().getTime() - count * dayMs);
  const inTime = timeLimit(longestMs, now);
  let isCut = false;
  const hasTime = (): boolean => {
    isCut ||= !inTime();
    return !isCut;
  };
  const records = await removeOldRecords(ago(days), mostPerRun, { rows, store, index, hasTime });
  const gates = await rows.removeUnchanged(gatePartitions, ago(gateDays), mostPerRun);
  await rows.removeUnchanged(noticePartition, ago(gateDays), mostPerRun);
  await rows.removeUnchanged(retriesPartition, ago(days), mostPerRun);
  await rows.removeUnchanged(invalidRowsPartition, ago(invalidRowDays), mostPerRun);
  const posted = await rows.removeUnchanged(postedPartitions, ago(days), mostEntriesPerRun);
  const results = await rows.removeUnchanged(resultPartitions, ago(days), mostPerRun);
  const missedPushes = await rows.removeUnchanged(missedPushPartitions, ago(missedPushDays), mostPerRun);
  const figures = await makeFigureStore(rows).removeBefore(firstDayKept(days, now()), mostPerRun);
  const trail = await makeAuditStore(rows).removeBefore(ago(days), mostEntriesPerRun);
  log('info', 'old-rows-removed', { records, gates, posted, results, missedPushes, figures, trail });
  // A run that removed none would end the same way.
  if (isCut && records > 0) return 'unfinished';
}

/** The first day whose figures are kept. */
export function firstDayKept(days: number | undefined, now: Date): string {
  return days === undefined ? '' : dayOf(new Date(now.getTime() - days * dayMs));
}
