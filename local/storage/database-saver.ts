import { rename, writeFile } from 'node:fs/promises';
import type { LokiDatabase } from './azurite.ts';

/**
 * Saves the databases of one service whenever asked, instead of every five seconds as Azurite does.
 *
 * All databases are captured at one instant and written in the order given, so that what a later one refers to (the body
 * of a message) is on disk before it. Each file is replaced by a rename: a process killed in the middle leaves the
 * whole old file. This outlives the process, not a power cut: files are not synced.
 */
export class DatabaseSaver {
  readonly #databases: readonly LokiDatabase[];
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #failed = false;

  constructor(databases: readonly LokiDatabase[]) {
    this.#databases = databases;
    for (const database of databases) {
      database.autosaveDisable();
      database.autosave = false;
    }
  }

  /** Settles when every change made until now is on disk; undefined where it is already. Changes share saves. */
  settle(): Promise<void> | undefined {
    const changed = this.#failed || this.#databases.some((database) => database.autosaveDirty());
    // What is not marked as changed any more was captured by the save that is running.
    if (!changed) return this.#running;
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  #start(): Promise<void> {
    this.#next = undefined;
    this.#running = this.#save().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #save(): Promise<void> {
    const captured = this.#databases
      .filter((database) => this.#failed || database.autosaveDirty())
      .map((database) => {
        database.autosaveClearFlags();
        return { file: database.filename, text: database.serialize() };
      });
    this.#failed = true;
    for (const { file, text } of captured) {
      await writeFile(`${file}~`, text);
      await rename(`${file}~`, file);
    }
    this.#failed = false;
  }
}
