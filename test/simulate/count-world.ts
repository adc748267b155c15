import type { Deployment } from '../../src/lib/model/deployment.ts';
import { isAutomaticRollback, isReplay, isRollback } from '../../src/lib/model/tag-update.ts';
import { places } from './fleet.ts';
import type { FunctionsHost } from './functions-host.ts';
import type { People } from './people.ts';
import type { Rest } from './rest.ts';
import { clockChanges } from './windows.ts';

interface Counted {
  readonly host: FunctionsHost;
  readonly people: People;
  readonly odd: ReadonlyMap<string, number>;
  /** Plans that ended with a wait, by its reason. */
  readonly held: ReadonlyMap<string, number>;
}

/** What happened in a world, in numbers, so that a reader sees how rich it was. */
export function countWorld(
  rest: Rest,
  start: number,
  { host, people, odd, held }: Counted,
): ReadonlyMap<string, number> {
  const { world, pushes, stages } = rest;
  const numbers = new Map<string, number>();
  const add = (name: string, count = 1): void => void numbers.set(name, (numbers.get(name) ?? 0) + count);
  add('pushes', pushes.all.length);
  add('commits', rest.history.commits.length);
  for (const [{ environment }, changes] of rest.history.changes) {
    for (const { trailer } of changes) add(`changes in ${environment}: by ${trailer ? 'tagrelay' : 'people'}`);
  }
  for (const place of places) {
    const instance = place.application.split('/')[0] ?? '';
    add(`results of ${instance}`, world.argoCd.sentOf(place.application).length);
  }
  for (const one of world.pullRequests.all) {
    const by = one.endedAt?.by === 'tagrelay' ? 'tagrelay' : 'people';
    add(`pull requests: ${one.state}${one.state === 'active' ? '' : ` by ${by}`}`);
  }
  for (const record of rest.records.values()) countRecord(record, add);
  for (const { isRerun, calls, openedAt } of stages) {
    const [taken] = calls;
    const kind = isRerun ? 'gates of stages that ran again' : 'gates';
    add(`${kind}: ${taken ? (taken.succeeded ? 'succeeded' : 'failed') : openedAt === undefined ? 'refused' : 'open'}`);
    if (calls.length > 1) add('gates: called again');
  }
  for (const [zone, count] of clockChanges(start, world.timeline.time)) add(`clock changes: ${zone}`, count);
  const { messages, killed, thrown } = host.counts;
  for (const [name, count] of Object.entries({ messages, 'processes killed': killed, 'errors thrown': thrown })) {
    add(name, count);
  }
  const more: readonly (readonly [string, ReadonlyMap<string, number>])[] = [
    ['world', world.argoCd.counts],
    ['world', pushes.counts],
    ['people', people.counts],
    ['odd', odd],
    ['plans that wait for', held],
  ];
  for (const [group, counts] of more) for (const [name, count] of counts) add(`${group}: ${name}`, count);
  return numbers;
}

function countRecord({ update, state, code }: Deployment, add: (name: string) => void): void {
  const cause = isAutomaticRollback(update)
    ? 'automatic rollbacks'
    : isRollback(update)
      ? 'ordered rollbacks'
      : isReplay(update)
        ? 'replays'
        : update.cause.kind === 'promotion'
          ? 'promotions'
          : 'pushed';
  add(`${cause}: ${state}${state === 'rejected' ? ` (${code})` : ''}`);
}
