import { z } from 'zod';
import { operationOrder } from '../intake/sync-result-order.ts';
import { taggedImageSchema } from '../model/tag-update.ts';

const timesSchema = z.object({
  operation: z.object({ startedAt: z.string(), finishedAt: z.string().exactOptional() }).readonly().exactOptional(),
  health: z.object({ lastTransitionTime: z.string().exactOptional() }).readonly(),
  reconciledAt: z.string().exactOptional(),
});

/** The value of an environment at a revision that a result of an application showed. */
const shownValueSchema = z.object({
  image: taggedImageSchema.readonly(),
  revision: z.string(),
  health: z.string(),
  /** The times of the result. */
  times: timesSchema.readonly(),
});

export type ShownValue = Readonly<z.infer<typeof shownValueSchema>>;

export const keptValuesSchema = z.object({
  /** The last healthy result of each of the last values, the newest first. */
  healthy: z.array(shownValueSchema).readonly(),
  /** The last result of each of the last values, the newest first. */
  shown: z.array(shownValueSchema).readonly(),
});

/** The values of one environment in the results of an application. */
export type KeptValues = Readonly<z.infer<typeof keptValuesSchema>>;

export const noValues: KeptValues = { healthy: [], shown: [] };

const mostValues = 5;

/** The kept values with one more result; `undefined` if it changes nothing. */
export function withShown(kept: KeptValues, shown: ShownValue, isHealthy: boolean): KeptValues | undefined {
  const next = {
    healthy: isHealthy ? placed(kept.healthy, shown) : kept.healthy,
    shown: placed(kept.shown, shown),
  };
  return next.healthy === kept.healthy && next.shown === kept.shown ? undefined : next;
}

/** One result of each value, the last one. A repetition of the newest adds nothing. */
function placed(values: readonly ShownValue[], shown: ShownValue): readonly ShownValue[] {
  const known = values.find(({ image }) => nameOfValue(image) === nameOfValue(shown.image));
  const isRepeated = known !== undefined && known === values[0] && isSame(known, shown);
  if (known && (isRepeated || operationOrder(known.times, shown.times) > 0)) return values;
  return [...values.filter((one) => one !== known), shown]
    .toSorted((a, b) => operationOrder(b.times, a.times))
    .slice(0, mostValues);
}

function isSame(a: ShownValue, b: ShownValue): boolean {
  return a.revision === b.revision && a.health === b.health;
}

/** Names a value: tag and digest. */
export function nameOfValue({ tag, digest }: ShownValue['image']): string {
  return digest === undefined ? tag : `${tag}@${digest}`;
}
