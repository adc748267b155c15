/** Runs over all items, at most `limit` at a time; the results are in the order of the items. */
export async function atMost<Item, Result>(
  limit: number,
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  async function work(): Promise<void> {
    for (const [index, item] of queue) results[index] = await run(item);
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  return results;
}

/** Asks each question once. A repeated call gets the same answer or the same failure. */
export function makeOnce(): <Result>(key: string, ask: () => Promise<Result>) => Promise<Result> {
  const answers = new Map<string, Promise<unknown>>();
  return <Result>(key: string, ask: () => Promise<Result>) => {
    const known = answers.get(key) as Promise<Result> | undefined;
    const answer = known ?? ask();
    answers.set(key, answer);
    return answer;
  };
}
