import type { Clock } from '../../model/clock.ts';
import { tagUpdateSchema } from '../../model/tag-update.ts';
import type { TagUpdate } from '../../model/tag-update.ts';
import type { RouteTable } from '../../routes/route.ts';
import { matchesGlob } from '../../routes/match/glob.ts';
import { routeByName } from '../../routes/match/route-by-name.ts';
import { didYouMean } from '../../routes/read/suggest.ts';
import type { DueStore } from '../../work/due-store.ts';
import { concernsEnvironment, describeFreeze, isInForce } from './freeze.ts';
import type { Freeze, FreezeKey } from './freeze.ts';
import type { FreezeStore } from './freeze-store.ts';
import { freezesKeptMs } from './read-freezes.ts';

/** Has the open pull requests of some updates checked. */
export type CheckPullRequests = (
  isConcerned: (update: TagUpdate) => boolean,
  options?: { readonly delaySeconds: number },
) => Promise<void>;

export interface ChangeFreezesDeps {
  readonly freezes: FreezeStore;
  readonly due: Pick<DueStore, 'list' | 'arm'>;
  readonly routes: () => Promise<RouteTable>;
  readonly checkPullRequests: CheckPullRequests;
  readonly now: Clock;
  readonly newId: () => string;
}

export interface Refusal {
  readonly kind: 'not-found' | 'invalid';
  readonly reason: string;
}

type Order = FreezeKey & Pick<Freeze, 'reason' | 'actor'>;

/** A plan that does not know the freeze yet pushes within this time. */
const promiseMs = 60_000;
/** By then every instance reads the freezes again. */
const whenKnown = { delaySeconds: freezesKeptMs / 1_000 };

/** Freezes environments. From `from` on, no plan that did not read the freeze writes anything. */
export async function freeze(
  order: Order & Pick<Freeze, 'until'>,
  deps: ChangeFreezesDeps,
): Promise<{ readonly kind: 'frozen'; readonly freeze: Freeze; readonly from: Date } | Refusal> {
  const { freezes, routes, checkPullRequests, now, newId } = deps;
  const unknown = unknownPart(order, await routes());
  if (unknown !== undefined) return { kind: 'not-found', reason: unknown };
  const at = now();
  const until = new Date(order.until);
  if (until <= at) {
    const reason = `\`until\` is ${order.until}, which is over; expected a later time, with its offset from UTC.`;
    return { kind: 'invalid', reason };
  }
  const made = { ...order, until: until.toISOString(), at: at.toISOString() };
  for (const old of await freezes.list()) if (!isInForce(old, at)) await freezes.remove(old);
  await freezes.put(made, newId());
  // The Git host must not complete them.
  await checkPullRequests((update) => concernsEnvironment(made, update), whenKnown);
  return { kind: 'frozen', freeze: made, from: new Date(now().getTime() + promiseMs) };
}

/** Lifts a freeze. Its held updates are planned again at once, by the next run of the clock. */
export async function unfreeze(
  order: Order,
  { freezes, due, checkPullRequests, now, newId }: ChangeFreezesDeps,
): Promise<{ readonly kind: 'lifted'; readonly freeze: Freeze; readonly released: number } | Refusal> {
  const lifted = await freezes.lift(order, { ...order, at: now().toISOString() }, newId());
  if (!lifted) return { kind: 'not-found', reason: await notFrozen(order, freezes, now()) };
  // An instance may know the freeze for some seconds more.
  const at = new Date(now().getTime() + freezesKeptMs).toISOString();
  let released = 0;
  for (const { key, at: planned, job } of await due.list()) {
    const update = tagUpdateSchema.safeParse(job.body);
    if (job.kind !== 'tag-update' || !update.success || !concernsEnvironment(lifted, update.data)) continue;
    if (planned > at) await due.arm({ key, at, job });
    released += 1;
  }
  await checkPullRequests((update) => concernsEnvironment(lifted, update), whenKnown);
  return { kind: 'lifted', freeze: lifted, released };
}

async function notFrozen(key: FreezeKey, freezes: FreezeStore, now: Date): Promise<string> {
  const names = (await freezes.list()).filter((one) => isInForce(one, now)).map(describeFreeze);
  const known = names.length === 0 ? 'There is no freeze' : `The freezes are: ${names.join('; ')}`;
  return `No freeze is ordered for ${describeFreeze(key)}. ${known}.`;
}

/** The name that no route has, with the nearest one. */
function unknownPart({ environment, route }: FreezeKey, table: RouteTable): string | undefined {
  const known = new Set(table.entries.flatMap(({ environments }) => environments));
  if (environment !== undefined && !known.has(environment)) {
    return `No route has an environment ${environment}${didYouMean(environment, known)}`;
  }
  if (route === undefined) return undefined;
  const environments = environmentsOf(route, table);
  if (environments === undefined) {
    const names = table.entries.flatMap(({ name, example }) => [name, example.name]);
    return `There is no route ${route}${didYouMean(route, names)}. In the name of a pattern route the captures are filled in.`;
  }
  if (environment === undefined || environments.has(environment)) return undefined;
  return `No route ${route} has an environment ${environment}; its environments are ${[...environments].join(', ')}.`;
}

/** The environments of the routes that a glob can match. Routes with captures have names without end, so a glob may match them. */
function environmentsOf(glob: string, table: RouteTable): ReadonlySet<string> | undefined {
  const isGlob = /[*?]/.test(glob);
  const named = isGlob ? undefined : routeByName(table, glob);
  if (named) return new Set(named.environments.map(({ name }) => name));
  if (!isGlob) return undefined;
  const matched = table.entries.filter(({ name }) => name.includes('{') || matchesGlob(glob, name, 'name'));
  return matched.length === 0 ? undefined : new Set(matched.flatMap(({ environments }) => environments));
}
