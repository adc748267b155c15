import { splitImageName } from '../../image-reference.ts';
import type { RouteTable } from '../../routes/route.ts';
import type { KnownImage, KnownImages } from './known-images.ts';

/** Images that one run asks for at most; what is left is first in the next. */
export const maxImages = 200;

/**
 * The images that this run asks registries for, those first that were asked for longest ago: what exact routes name, and
 * of patterns what has had a record. Images that no route takes any more are forgotten.
 */
export async function imagesToAsk(table: RouteTable, images: KnownImages, now: Date): Promise<readonly KnownImage[]> {
  const [known, ofRecords] = await Promise.all([images.list(), images.ofRecords()]);
  const byName = new Map(known.map((one) => [one.image, one]));
  const exact = table.entries.flatMap(({ image }) => (image.includes('{') ? [] : [image]));
  for (const image of new Set([...exact, ...ofRecords.keys()])) {
    if (byName.has(image) || !takesPushes(table, image)) continue;
    // What was pushed before anybody looked is nobody's concern.
    const first = { image, since: (ofRecords.get(image) ?? now).toISOString(), seen: [] };
    await images.put(first);
    byName.set(image, first);
  }
  for (const image of byName.keys()) {
    if (takesPushes(table, image)) continue;
    await images.remove(image);
    byName.delete(image);
  }
  return [...byName.values()].toSorted((a, b) => ((a.askedAt ?? '') < (b.askedAt ?? '') ? -1 : 1)).slice(0, maxImages);
}

function takesPushes(table: RouteTable, image: string): boolean {
  const isName = splitImageName(image) !== undefined;
  return isName && table.match(image)?.environments.some((environment) => environment.takesPushes) === true;
}
