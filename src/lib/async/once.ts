import { AnswerCache } from './answer-cache.ts';

/** Asks each question once. A repeated call gets the same answer or the same failure. The caller keeps one type for a key. */
export function makeOnce(): <Result>(key: string, ask: () => Promise<Result>) => Promise<Result> {
  const answers = new AnswerCache<unknown>({ max: 10_000, keepsFailures: true });
  return <Result>(key: string, ask: () => Promise<Result>) => answers.get(key, ask) as Promise<Result>;
}
