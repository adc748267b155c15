import { LRUCache } from 'lru-cache';
import type { Member } from './member.ts';
import { contextsOf } from './statuses-of.ts';

const maxRecords = 20_000;

/**
 * The contexts of records that cannot change any more: those of committed records with known applications.
 */
export class KnownContexts {
  readonly #contexts = new LRUCache<string, readonly string[]>({ max: maxRecords });

  /** By the update's id; `undefined` if unknown. */
  get(id: string): readonly string[] | undefined {
    return this.#contexts.get(id);
  }

  note(member: Member): void {
    const { commit, applications, update } = member.deployment;
    if (commit === undefined || applications === undefined) return;
    this.#contexts.set(update.id, contextsOf(member));
  }
}
