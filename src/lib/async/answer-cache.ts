import { LRUCache } from 'lru-cache';
import type { Clock } from '../model/clock.ts';

export interface AnswerCacheOptions<T> {
  /** Answers that are kept; the one that was used longest ago is dropped first. */
  readonly max: number;
  /** Time for which an answer is kept, in milliseconds; without limit by default. */
  readonly ttlMs?: number;
  /** Required with `ttlMs`. */
  readonly now?: Clock;
  /** Whether an answer is kept; every answer by default. */
  readonly isKept?: (answer: T) => boolean;
  /** Failures are kept too; by default the next call asks again. */
  readonly keepsFailures?: boolean;
}

/** Answers by question. Concurrent calls with one question share one answer. */
export class AnswerCache<T> {
  readonly #answers: LRUCache<string, Promise<T>>;
  readonly #options: AnswerCacheOptions<T>;

  constructor(options: AnswerCacheOptions<T>) {
    const { max, ttlMs, now } = options;
    this.#options = options;
    this.#answers = new LRUCache<string, Promise<T>>({
      max,
      ...(ttlMs !== undefined && { ttl: ttlMs, ttlResolution: 0 }),
      ...(now && { perf: { now: () => now().getTime() } }),
    });
  }

  get(question: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(question);
    if (known) return known;
    const answer = ask();
    this.#answers.set(question, answer);
    const { isKept = () => true, keepsFailures = false } = this.#options;
    const forget = (): void => {
      if (this.#answers.peek(question) === answer) this.#answers.delete(question);
    };
    answer.then(
      (found) => {
        if (!isKept(found)) forget();
      },
      () => {
        if (!keepsFailures) forget();
      },
    );
    return answer;
  }
}
