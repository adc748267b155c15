/** A log that is kept after its task has ended. */
export interface TaskLog {
  readonly id: number;
  readonly path: string;
  readonly createdOn: string;
  readonly lastChangedOn: string;
  readonly content: string;
}

/** The logs of a plan. */
export class TaskLogs {
  readonly #logs: TaskLog[] = [];
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  all(): readonly TaskLog[] {
    return this.#logs;
  }

  get(id: number): TaskLog | undefined {
    return this.#logs[id - 1];
  }

  create(path: string): TaskLog {
    const now = this.#now().toISOString();
    const log = { id: this.#logs.length + 1, path, createdOn: now, lastChangedOn: now, content: '' };
    this.#logs.push(log);
    return log;
  }

  append(log: TaskLog, content: string): TaskLog {
    const changed = { ...log, content: log.content + content, lastChangedOn: this.#now().toISOString() };
    this.#logs[log.id - 1] = changed;
    return changed;
  }
}

export function linesOf({ content }: Pick<TaskLog, 'content'>): readonly string[] {
  const lines = content.split(/\r?\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
