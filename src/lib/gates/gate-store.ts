import type { TableRows } from '../storage/table-rows.ts';
import { gateSchema, openGateSchema } from './gate.ts';
import type { Gate, OpenGate } from './gate.ts';

/** Gates in Table Storage. Every method throws `storage-unavailable`. */
export interface GateStore {
  readonly find: (id: string) => Promise<Gate | undefined>;
  /**
   * Writes what the function makes of the gate, by ETag; `undefined` leaves it. A gate that has ended is open no longer,
   * which is made so again where a worker died before that.
   *
   * @returns the gate as it is then
   */
  readonly update: (id: string, change: (current: Gate | undefined) => Gate | undefined) => Promise<Gate | undefined>;
  /** Every gate that has not ended. */
  readonly open: () => Promise<readonly OpenGate[]>;
}

const openPartition = '|open-gates';

/** A row per gate, and one more for each that has not ended, all in one partition: those are few. */
export function makeGateStore(rows: Pick<TableRows, 'read' | 'change' | 'list' | 'remove'>): GateStore {
  /** What has been found stays found, whichever of two workers writes last. */
  const note = (next: Gate): Promise<void> =>
    rows.change(openPartition, next.id, openGateSchema, (open) => {
      const found = [...new Set([...(open?.found ?? []), ...next.found])];
      return open?.found.length === found.length ? undefined : { ...openOf(next), found };
    });
  return {
    find: (id) => rows.read(partition(id), id, gateSchema),

    async update(id, change) {
      let last: Gate | undefined;
      await rows.change(
        partition(id),
        id,
        gateSchema,
        (current) => {
          const next = change(current);
          last = next ?? current;
          return next;
        },
        // Found before it is there, never the other way round.
        async (next, current) => {
          if (next === 'cleared' || next.ended !== undefined) return;
          if (!current || next.found.length > current.found.length) await note(next);
        },
      );
      if (last?.ended !== undefined) await rows.remove(openPartition, id);
      return last;
    },

    open: () => rows.list(openPartition, openGateSchema),
  };
}

function openOf({ id, task, question, found }: Gate): OpenGate {
  const { environment, selector } = question;
  return { id, collection: task.collection, environment, selector, found };
}

/** The bar in front keeps these partitions apart from those of environments. */
function partition(id: string): string {
  return `|gate|${id.slice(0, 2)}`;
}
