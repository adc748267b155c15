import { z } from 'zod';
import type { Row, TableRows } from '../storage/table-rows.ts';
import { noticeSchema } from './notice.ts';
import type { Notice } from './notice.ts';
import { takes } from './target.ts';
import type { Target } from './target.ts';

/** The bar keeps this partition apart from those of environments. */
export const noticePartition = '|notices';

/** By deployment, the events that were queued. */
const hourSchema = z.record(z.string(), z.array(z.string()).readonly());
const queuedSchema = z.object({ notice: noticeSchema, isSending: z.boolean().exactOptional() });
/** Rows that fit into a transaction beside the row of the hour. */
const rowsPerWrite = 90;
const rowsPerMessage = 100;

export type QueuedNotice = Row<Readonly<z.infer<typeof queuedSchema>>>;

/** Notices that wait to be sent. Every method throws `storage-unavailable`. */
export interface NoticeStore {
  /** Queues the notices of records that began in an hour for each target that takes them: each event of a deployment once. */
  readonly queue: (hour: string, notices: readonly Notice[], targets: readonly Target[]) => Promise<void>;
  readonly waiting: (target: Target) => Promise<readonly QueuedNotice[]>;
  /** Marks notices before they are sent, or after they were certainly not. @returns whether no other instance was faster */
  readonly mark: (queued: readonly QueuedNotice[], isSending: boolean) => Promise<boolean>;
  readonly remove: (queued: readonly QueuedNotice[]) => Promise<void>;
}

export function makeNoticeStore(rows: TableRows): NoticeStore {
  return {
    async queue(hour, notices, targets) {
      const perWrite = Math.max(1, Math.floor(rowsPerWrite / Math.max(1, targets.length)));
      for (let start = 0; start < notices.length; start += perWrite) {
        const some = notices.slice(start, start + perWrite);
        await rows.change(
          noticePartition,
          `hour|${hour}`,
          hourSchema,
          (known = {}) => {
            const added = some.filter((notice) => isNew(notice, known));
            return added.length === 0 ? undefined : added.reduce(withNotice, known);
          },
          {
            beside: (_, known = {}) =>
              some
                .filter((notice) => isNew(notice, known))
                .flatMap((notice) => targets.filter((target) => takes(target, notice)).map((to) => rowOf(to, notice))),
          },
        );
      }
    },
    waiting: ({ id }) => rows.page(noticePartition, queuedSchema, { prefix: keyOf(id), limit: rowsPerMessage }),
    async mark(queued, isSending) {
      const written = await rows.writeGroups(
        noticePartition,
        queued.map(({ rowKey, value: { notice }, etag }) => ({
          row: { rowKey, next: { notice, isSending }, etag },
          beside: [],
        })),
      );
      return written.every(Boolean);
    },
    async remove(queued) {
      await Promise.all(queued.map(({ rowKey }) => rows.remove(noticePartition, rowKey)));
    },
  };
}

type Hour = z.infer<typeof hourSchema>;

function isNew({ deployment, event }: Notice, known: Hour): boolean {
  return known[deployment]?.includes(event) !== true;
}

function withNotice(known: Hour, { deployment, event }: Notice): Hour {
  return { ...known, [deployment]: [...(known[deployment] ?? []), event] };
}

function rowOf({ id }: Target, notice: Notice): { readonly rowKey: string; readonly value: object } {
  return { rowKey: `${keyOf(id)}${notice.deployment}-${notice.event}`, value: { notice } };
}

function keyOf(id: string): string {
  return `send|${id}|`;
}
