import type { Deployment } from '../../src/lib/model/deployment.ts';
import { readProperties } from '../../src/lib/storage/stored-value.ts';
import { deploymentSchema } from '../../src/lib/deployments/deployment-schema.ts';
import type { MemoryTable } from '../support/memory/memory-table.ts';
import type { History } from './history.ts';
import type { Oddities } from './oddities.ts';
import type { Pushes } from './pushes.ts';
import type { Stage } from './pipelines.ts';
import type { World } from './world.ts';

/** An order of a person that promises have to know. */
export interface Freezing {
  readonly environment: string;
  /** In milliseconds since 1970: from the time that the command answered. */
  readonly from: number;
  until: number;
}

/** Everything that is there when the app has come to rest. */
export interface Rest {
  readonly world: World;
  readonly history: History;
  readonly records: ReadonlyMap<string, Deployment>;
  readonly pushes: Pushes;
  readonly freezings: readonly Freezing[];
  readonly stages: readonly Stage[];
  readonly oddities: Pick<Oddities, 'brokenFiles' | 'isGhost'>;
  /** Keys of the rows that are due later. */
  readonly due: ReadonlySet<string>;
  /** Ids of updates whose messages are in the queue. */
  readonly queuedIds: ReadonlySet<string>;
}

export interface Violation {
  readonly promise: string;
  readonly route: string;
  readonly environment: string;
  readonly text: string;
}

/** The records of all updates, by id. */
export function readRecords(table: MemoryTable): ReadonlyMap<string, Deployment> {
  const records = table
    .entities('|records')
    .filter(({ rowKey }) => /^record\|[^~]*$/.test(String(rowKey)))
    .map((entity) => {
      const read = readProperties(entity, deploymentSchema);
      if ('problem' in read) throw new Error(`a record is damaged: ${read.problem}`);
      return read.value;
    });
  return new Map(records.map((record) => [record.update.id, record]));
}
