/** Something that runs images, by name. */
export interface Runs {
  readonly images: readonly string[];
}

/**
 * Sorts applications into families: the same service in several environments. Two are of one family if they share most of
 * what the smaller one runs. An image that many applications run (a sidecar) counts little.
 */
export function familiesOf<T extends Runs>(applications: readonly T[]): readonly (readonly T[])[] {
  const runners = new Map<string, number[]>();
  for (const [index, { images }] of applications.entries())
    for (const image of new Set(images)) runners.set(image, [...(runners.get(image) ?? []), index]);
  const weightOf = (image: string): number => 1 / (runners.get(image)?.length ?? 1);
  const weights = applications.map(({ images }) =>
    [...new Set(images)].reduce((sum, image) => sum + weightOf(image), 0),
  );
  const parents = applications.map((_, index) => index);
  const rootOf = (index: number): number => {
    const parent = parents[index] ?? index;
    return parent === index ? index : rootOf(parent);
  };
  for (const [index, { images }] of applications.entries()) {
    const shared = new Map<number, number>();
    for (const image of new Set(images))
      for (const other of runners.get(image) ?? [])
        if (other < index) shared.set(other, (shared.get(other) ?? 0) + weightOf(image));
    for (const [other, weight] of shared)
      if (weight > Math.min(weights[index] ?? 0, weights[other] ?? 0) / 2) parents[rootOf(index)] = rootOf(other);
  }
  const families = new Map<number, T[]>();
  for (const [index, application] of applications.entries()) {
    const root = rootOf(index);
    families.set(root, [...(families.get(root) ?? []), application]);
  }
  return [...families.values()];
}
