import type { TaskResult } from './plan.ts';

/** A job or task of a run. */
export interface TimelineRecord {
  readonly id: string;
  readonly parentId?: string;
  readonly type?: string;
  readonly name?: string;
  readonly refName?: string;
  readonly order?: number;
  readonly startTime?: string;
  readonly finishTime?: string;
  readonly currentOperation?: string;
  readonly percentComplete?: number;
  readonly state: 'pending' | 'inProgress' | 'completed';
  readonly result?: TaskResult;
  readonly workerName?: string;
  readonly log?: { readonly id: number };
  readonly variables: Readonly<Record<string, { readonly value?: string; readonly isSecret?: boolean }>>;
  readonly attempt: number;
  readonly changeId: number;
  readonly lastModified: string;
}

export type RecordChange = Pick<TimelineRecord, 'id'> & Partial<TimelineRecord>;

/** The records of a plan and the lines that were shown while they ran. */
export class Timeline {
  readonly id: string;
  readonly #records = new Map<string, TimelineRecord>();
  readonly #feeds = new Map<string, string[]>();
  readonly #now: () => Date;
  #changeId = 0;

  constructor(id: string, now: () => Date) {
    this.id = id;
    this.#now = now;
  }

  get changeId(): number {
    return this.#changeId;
  }

  all(): readonly TimelineRecord[] {
    return [...this.#records.values()];
  }

  get(id: string): TimelineRecord | undefined {
    return this.#records.get(id.toLowerCase());
  }

  /** Changes a record, or makes it where there is none with its id. */
  change({ id, ...change }: RecordChange): TimelineRecord {
    const key = id.toLowerCase();
    const known = this.#records.get(key);
    this.#changeId += 1;
    const record: TimelineRecord = {
      state: 'pending',
      attempt: 1,
      ...known,
      ...change,
      id: known?.id ?? id,
      variables: { ...known?.variables, ...change.variables },
      changeId: this.#changeId,
      lastModified: this.#now().toISOString(),
    };
    this.#records.set(key, record);
    return record;
  }

  appendFeed(recordId: string, lines: readonly string[]): void {
    const key = recordId.toLowerCase();
    this.#feeds.set(key, [...this.feed(recordId), ...lines]);
  }

  /** The lines that were shown live, oldest first. */
  feed(recordId: string): readonly string[] {
    return this.#feeds.get(recordId.toLowerCase()) ?? [];
  }
}
