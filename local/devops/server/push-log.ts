import type { GitRefUpdate } from 'azure-devops-node-api/interfaces/GitInterfaces.js';

/** A push that has happened, by whatever way: REST pushes, REST refs or a Git client. */
export interface PushRecord {
  readonly pushId: number;
  readonly date: Date;
  readonly refUpdates: readonly Required<Pick<GitRefUpdate, 'name' | 'oldObjectId' | 'newObjectId'>>[];
  /** Commits that the push itself made, newest first; those of a Git client are found by its ref updates. */
  readonly commits: readonly string[];
}

/** The pushes of one repository since the emulator was started, oldest first. */
export class PushLog {
  readonly #records: PushRecord[] = [];

  add(record: Omit<PushRecord, 'pushId'>): PushRecord {
    const added = { pushId: this.#records.length + 1, ...record };
    this.#records.push(added);
    return added;
  }

  all(): readonly PushRecord[] {
    return this.#records;
  }

  get(pushId: number): PushRecord | undefined {
    return this.#records[pushId - 1];
  }
}
