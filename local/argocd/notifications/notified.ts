import type { ConditionResult } from './triggered.ts';

const maxEntries = 100;

/**
 * The annotation `notified.notifications.argoproj.io` of an application: the notifications that were sent. An entry with
 * `oncePer` stays, even if sending failed. Other entries are removed once the condition is false or sending failed.
 */
export class Notified {
  readonly #entries = new Set<string>();
  readonly #name: string;

  /** @param name of trigger and service */
  constructor(name: string) {
    this.#name = name;
  }

  /** Records that a notification is about to be sent; false if it was recorded before. */
  begin(result: ConditionResult): boolean {
    const entry = this.#entryOf(result);
    if (this.#entries.has(entry)) return false;
    this.#entries.add(entry);
    const [oldest] = this.#entries;
    if (this.#entries.size > maxEntries && oldest !== undefined) this.#entries.delete(oldest);
    return true;
  }

  /** Removes the entry: the condition is false, or sending failed. */
  forget(result: ConditionResult): void {
    if (result.oncePer === '') this.#entries.delete(this.#entryOf(result));
  }

  #entryOf({ key, oncePer }: ConditionResult): string {
    const entry = `${this.#name}:${key}:${this.#name}:`;
    return oncePer === '' ? entry : `${oncePer}:${entry}`;
  }
}
