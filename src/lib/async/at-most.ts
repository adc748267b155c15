import pLimit from 'p-limit';

/** Runs over all items, at most `limit` at a time; the results are in the order of the items. */
export function atMost<Item, Result>(
  limit: number,
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const limited = pLimit(limit);
  return Promise.all(items.map((item) => limited(() => run(item))));
}
