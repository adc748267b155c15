import { seededRandom } from '../../local/devops/faults/seeded-random.ts';
import type { StorageFault, StrikeRequest } from '../../local/storage/strike-requests.ts';

/** The share of a hundred requests that each fault strikes: ten in all. Clients do not repeat what was refused. */
const faults: readonly { readonly name: string; readonly percent: number; readonly fault: StorageFault }[] = [
  { name: 'storage: latency 0.3 s', percent: 1, fault: { kind: 'latency', milliseconds: 300 } },
  { name: 'storage: 503', percent: 1, fault: { kind: 'unavailable', when: 'before' } },
  { name: 'storage: done, 503', percent: 1, fault: { kind: 'unavailable', when: 'after' } },
  { name: 'storage: drop before', percent: 1, fault: { kind: 'drop', when: 'before' } },
  { name: 'storage: drop after', percent: 2, fault: { kind: 'drop', when: 'after' } },
  { name: 'storage: 403', percent: 2, fault: { kind: 'refused', when: 'before' } },
  { name: 'storage: done, 403', percent: 2, fault: { kind: 'refused', when: 'after' } },
];

/** The user agent of clients that no fault strikes begins so. */
export const observer = 'campaign-observer';

/** Strikes about every tenth request to queues, tables and blobs, times `factor`, at random by the seed. */
export function strikeStorage(seed: number, factor: number) {
  const random = seededRandom(seed);
  const hits = new Map(faults.map(({ name }) => [name, 0]));
  let isStriking = false;
  const strike: StrikeRequest = ({ headers }) => {
    if (!isStriking || headers['user-agent']?.startsWith(observer) === true) return undefined;
    let chance = (random() * 100) / factor;
    for (const { name, percent, fault } of faults) {
      chance -= percent;
      if (chance >= 0) continue;
      hits.set(name, (hits.get(name) ?? 0) + 1);
      return fault;
    }
    return undefined;
  };
  return {
    strike,
    hits: (): ReadonlyMap<string, number> => hits,
    start: (): void => void (isStriking = true),
    stop: (): void => void (isStriking = false),
  };
}
