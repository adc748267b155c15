/**
 * Where the time of a run ends before its items, each item has its turn in one of the next runs, also behind some that fail.
 *
 * @param random a number in [0, 1); a constant leaves the order unchanged
 */
export function inRandomOrder<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  return items
    .map((item) => ({ item, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
