import type { SentResult } from './application.ts';
import type { Place } from './fleet.ts';
import { formatValue } from './values.ts';
import type { Value } from './values.ts';

/** Whether a result shows the application healthy with what its file has. */
export function showsHealthy({ result }: SentResult): boolean {
  const { health, sync, operation } = result;
  return health.status === 'Healthy' && sync.status === 'Synced' && operation?.phase !== 'Running';
}

/** The image that a result shows, as the promotion compares it. */
export function isImage(sent: SentResult, place: Place, image: Value, anyTag: boolean): boolean {
  const { compared, running } = sent;
  if (place.writesDigest && compared.digest !== image.digest) return false;
  if (!place.writesDigest && image.digest !== undefined && running.digest !== image.digest) return false;
  return anyTag || compared.tag === image.tag;
}

/** In the order in which results count: by operation, then by comparison. */
export function byOrder(a: SentResult, b: SentResult): number {
  const [ofA, ofB] = [a, b].map(({ result }) => `${result.operation?.startedAt ?? ''} ${result.reconciledAt ?? ''}`);
  return (ofA ?? '') < (ofB ?? '') ? -1 : 1;
}

/**
 * The longest time that results showed an application healthy with an image, in milliseconds. A result that ends it counts
 * once it was processed: until then the app cannot know it.
 *
 * @param until in milliseconds since 1970
 */
export function longestHealthy(
  sent: readonly SentResult[],
  isShown: (one: SentResult) => boolean,
  until: number,
): number {
  let longest = 0;
  let since: number | undefined;
  for (const one of sent.toSorted(byOrder)) {
    const { status, lastTransitionTime = '' } = one.result.health;
    const changedAt = Date.parse(lastTransitionTime);
    const isHealthy = showsHealthy(one) && isShown(one);
    if (isHealthy) since = since === undefined ? changedAt : since;
    else if (since !== undefined && (one.processedAt ?? Infinity) <= until) {
      const comparedAt = Date.parse(one.result.reconciledAt ?? lastTransitionTime);
      longest = Math.max(longest, Math.min(until, status === 'Healthy' ? comparedAt : changedAt) - since);
      since = undefined;
    }
  }
  return since === undefined ? longest : Math.max(longest, until - since);
}

export function describeValue(value: Value): string {
  return formatValue(value).replace(/(@sha256:.{6}).*/, '$1');
}
