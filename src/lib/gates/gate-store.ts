import type { TableRows } from '../storage/table-rows.ts';
import { gateSchema, openGateSchema } from './gate.ts';
import type { Gate, OpenGate } from './gate.ts';

/** Gates in Table Storage. Every method throws `storage-unavailable`. */
export interface GateStore {
  readonly find: (id: string) => Promise<Gate | undefined>;
  /**
   * `change` maps the current gate to the new one; `undefined` leaves it. It runs again after an ETag conflict. A gate that
   * has ended is removed from the open gates, again after a worker died in between.
   *
   * @returns the gate after the change
   */
  readonly update: (id: string, change: (current: Gate | undefined) => Gate | undefined) => Promise<Gate | undefined>;
  /** Every gate that has not ended. */
  readonly open: () => Promise<readonly OpenGate[]>;
}

const openPartition = '|open-gates';

/** A row per gate, and a second one in the partition of open gates until the gate ends. */
export function makeGateStore(rows: Pick<TableRows, 'read' | 'change' | 'list' | 'remove'>): GateStore {
  /** Merges the found routes of two workers. */
  const writeOpen = (next: Gate): Promise<void> =>
    rows.change(
      openPartition,
      next.id,
      openGateSchema,
      (open) => {
        const found = [...new Set([...(open?.found ?? []), ...next.found])];
        return open?.found.length === found.length ? undefined : { ...openOf(next), found };
      },
      { replacesDamaged: true },
    );
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
        {
          // The request of a damaged gate opens it again.
          replacesDamaged: true,
          // The open row is written first, so that each gate is in the list of open gates.
          async before(next, current) {
            if (next === 'cleared' || next.ended !== undefined) return;
            const wasOpen = current && current.ended === undefined;
            if (!wasOpen || next.found.length > current.found.length) await writeOpen(next);
          },
        },
      );
      if (last?.ended !== undefined) await rows.remove(openPartition, id);
      return last;
    },

    open: () => rows.list(openPartition, openGateSchema),
  };
}

function openOf({ id, task, question, found }: Gate): OpenGate {
  const { environment, routes, selector } = question;
  return { id, collection: task.collection, environment, ...(routes && { routes }), selector, found };
}

/** The leading bar separates these partitions from those of environments. */
export const gatePartitions = '|gate|';

function partition(id: string): string {
  return `${gatePartitions}${id.slice(0, 2)}`;
}
