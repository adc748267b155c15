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
  #closed = false;

  constructor(databases: readonly LokiDatabase[]) {
    this.#databases = databases;
    for (const database of databases) {
      database.autosaveDisable();
      database.autosave = false;
    }
  }

  /** Settles when every change made until now is on disk; undefined where it is already. Changes share saves. */
  settle(): Promise<void> | undefined {
    if (this.#closed) return Promise.reject(new Error('the storage was closed'));
    const changed = this.#failed || this.#databases.some((database) => database.autosaveDirty());
    // A part without the mark "changed" was captured by the save in progress.
    if (!changed) return this.#running;
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  /** Saves once more; later requests are refused. */
  async close(): Promise<void> {
    try {
      await this.settle();
    } finally {
      this.#closed = true;
    }
  }

  #start(): Promise<void> {
    this.#next = undefined;
    this.#running = this.#save().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #save(): Promise<void> {
    const changed = this.#databases.filter((database) => this.#failed || database.autosaveDirty());
    this.#failed = false;
    try {
      const captured = changed.map((database) => {
        database.autosaveClearFlags();
        return { file: database.filename, text: database.serialize() };
      });
      for (const { file, text } of captured) {
        await writeFile(`${file}~`, text);
        await rename(`${file}~`, file);
      }
    } catch (error) {
      // The parts to save have lost their mark "changed".
      this.#failed = true;
      throw error;
    }
  }
}
