import { join } from 'node:path';
import { z } from 'zod';
import { WorkQueue } from '../server/work-queue.ts';
import { readRecords, writeRecord } from '../store/record-files.ts';
import { statusSchema } from './status.ts';
import type { Status } from './status.ts';

const recordSchema = z.object({ commit: z.string(), statuses: z.array(statusSchema).readonly() });

/** The statuses of one repository's commits, kept in its directory, one file a commit, so that they outlive a restart. */
export class StatusBook {
  readonly #directory: string;
  readonly #statuses: Map<string, readonly Status[]>;
  readonly #work = new WorkQueue();

  private constructor(directory: string, records: readonly z.infer<typeof recordSchema>[]) {
    this.#directory = directory;
    this.#statuses = new Map(records.map(({ commit, statuses }) => [commit, statuses]));
  }

  static async open(repositoryDirectory: string): Promise<StatusBook> {
    const directory = join(repositoryDirectory, 'commit-statuses');
    return new StatusBook(directory, await readRecords(directory, /^[0-9a-f]{40}\.json$/, recordSchema));
  }

  /** The newest first. */
  of(commit: string): readonly Status[] {
    return this.#statuses.get(commit) ?? [];
  }

  add(commit: string, make: (id: number) => Status): Status {
    const status = make(this.#nextId());
    const statuses = [status, ...this.of(commit)];
    this.#statuses.set(commit, statuses);
    this.#work.enqueue(() => writeRecord(this.#directory, `${commit}.json`, { commit, statuses }));
    return status;
  }

  /** Waits until everything has been saved. */
  idle(): Promise<void> {
    return this.#work.idle();
  }

  /** Statuses are numbered through a repository. */
  #nextId(): number {
    const newest = [...this.#statuses.values()].map(([status]) => status?.id ?? 0);
    return Math.max(0, ...newest) + 1;
  }
}
