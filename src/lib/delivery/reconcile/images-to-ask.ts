import { splitImageName } from '../../model/image-reference.ts';
import type { RouteTable } from '../../routes/route.ts';
import type { KnownImage, KnownImages } from './known-images.ts';

/** Images that one run asks registries for, and that it forgets, at most; what is left is first in the next. */
export const maxImages = 200;

/**
 * The images that this run asks registries for, those first that were asked for longest ago: what exact routes name, and
 * of patterns what has had a record. Images that no route takes any more are forgotten.
 */
export async function imagesToAsk(table: RouteTable, images: KnownImages, now: Date): Promise<readonly KnownImage[]> {
  const [known, ofRecords] = await Promise.all([images.list(), images.ofRecords()]);
  const wanted = new Map(known.map((one) => [one.image, one]));
  const exact = table.entries.flatMap(({ image }) => (image.includes('{') ? [] : [image]));
  for (const image of new Set([...exact, ...ofRecords.keys()])) {
    // Tags that were pushed long before the first request do not count.
    const first = { image, since: (ofRecords.get(image) ?? now).toISOString(), seen: [] };
    if (!wanted.has(image)) wanted.set(image, first);
  }
  for (const image of wanted.keys()) if (!takesPushes(table, image)) wanted.delete(image);
  const gone = known.filter(({ image }) => !wanted.has(image)).slice(0, maxImages);
  await Promise.all(gone.map(({ image }) => images.remove(image)));
  const past = [...wanted.values()].map((one) => notAhead(one, now));
  return past.toSorted((a, b) => ((a.askedAt ?? '') < (b.askedAt ?? '') ? -1 : 1)).slice(0, maxImages);
}

/** Another machine's clock may have been ahead: else its image would have no new tags, and no turn, until then. */
function notAhead(image: KnownImage, now: Date): KnownImage {
  const bound = (time: string): string => new Date(Math.min(Date.parse(time), now.getTime())).toISOString();
  const { since, askedAt } = image;
  return { ...image, since: bound(since), ...(askedAt !== undefined && { askedAt: bound(askedAt) }) };
}

function takesPushes(table: RouteTable, image: string): boolean {
  const isName = splitImageName(image) !== undefined;
  return isName && table.match(image)?.environments.some((environment) => environment.takesPushes) === true;
}
