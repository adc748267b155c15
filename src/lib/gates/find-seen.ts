import { Failure } from '../model/failure.ts';
import type { MissedPush, MissedPushes } from '../deployments/missed-pushes.ts';
import { isMovingTag } from '../routes/match/moving-tags.ts';
import { routeByName } from '../routes/match/route-by-name.ts';
import { takesTag } from '../routes/match/tag-policy.ts';
import type { Route, RouteTable } from '../routes/route.ts';
import { policyTag } from '../values/policy-tag.ts';
import { isAskedRoute, isRouteName } from './concerns.ts';
import type { Awaited } from './decide-gate.ts';
import type { Gate } from './gate.ts';
import type { Seen } from './seen.ts';

export interface FindSeenDeps {
  readonly missed: Pick<MissedPushes, 'list'>;
  readonly routes: () => Promise<RouteTable>;
  /** Whether an image (`registry/repository`) has ever had a record. */
  readonly hasRecord: (image: string) => Promise<boolean>;
}

/** More named routes than this are found in one list of all. */
const mostNamed = 6;
const mostPushes = 1_000;

/**
 * The reasons for which deployments that a gate lacks have not appeared: the routes, and the pushes that changed nothing.
 * None if the gate has found a deployment of each named route.
 */
export async function findSeen(
  { question }: Pick<Gate, 'question'>,
  awaited: readonly Awaited[],
  deps: FindSeenDeps,
): Promise<readonly Seen[]> {
  const there = new Set(awaited.map(({ deployment }) => deployment.update.route));
  const lacking = (question.routes ?? []).filter((route) => isRouteName(route) && !there.has(route));
  if (there.size > 0 && lacking.length === 0) return [];
  let table: RouteTable;
  try {
    table = await deps.routes();
  } catch (error) {
    // A gate ends in time whatever the routes are.
    if (!(error instanceof Failure)) throw error;
    return [{ text: error.message }];
  }
  const routes = lacking.flatMap((name) => routeByName(table, name) ?? []);
  const gone = lacking.filter((name) => !routeByName(table, name));
  const pushes = await findPushes(question, routes, deps);
  const asked = pushes.filter(({ route }) =>
    lacking.length > 0 ? route !== undefined && lacking.includes(route) : isAskedRoute(question.routes, route ?? ''),
  );
  const refused = routes.flatMap((route) => {
    const seen = refusedByRoute(route, question, asked);
    return seen ? [{ route: route.name, seen }] : [];
  });
  const isTold = (push: MissedPush): boolean =>
    isAskedTag(push, question) && refused.some(({ route }) => route === push.route);
  return [
    ...refused.map(({ seen }) => seen),
    ...gone.map((name) => ({
      text: `${name}: the routes in force have no route of this name`,
      never: { isMovingTag: false, isGone: true as const },
    })),
    ...asked.filter((push) => !isTold(push)).map((push) => describePush(push, question)),
    ...pushes.flatMap((push) => describeUnrouted(push, question) ?? []),
    ...(await describeUnknown(routes.slice(0, mostNamed), pushes, deps)),
  ];
}

/** The pushes that changed nothing in the environment, and those of images without a route; the newest first. */
async function findPushes(
  { environment, selector }: Gate['question'],
  routes: readonly Route[],
  { missed }: FindSeenDeps,
): Promise<readonly MissedPush[]> {
  const isListedByImage = routes.length > 0 && routes.length <= mostNamed;
  const images = [...new Set(routes.map(({ image }) => image))];
  const lists = await Promise.all([
    ...(isListedByImage ? images.map((image) => missed.list({ image }, mostPushes)) : []),
    // The image of a tag without a route is unknown.
    ...(!isListedByImage || selector.kind === 'tag' ? [missed.list({}, mostPushes)] : []),
  ]);
  const unique = new Map(
    lists.flat().map((push) => [JSON.stringify([push.image, push.route, push.environment]), push]),
  );
  return [...unique.values()]
    .filter((push) => push.kind === 'no-route' || push.environment === environment)
    .toSorted((a, b) => (a.at < b.at ? 1 : -1));
}

/** The refusal of the asked tag by the policy in force. Promotions and rollbacks of other tags are not judged here. */
function refusedByRoute(
  { name, environments }: Route,
  { environment: asked, selector }: Gate['question'],
  pushes: readonly MissedPush[],
): Seen | undefined {
  const environment = environments.find((one) => one.name === asked);
  if (selector.kind !== 'tag' || !environment?.takesPushes) return undefined;
  const verdict = takesTag(environment.tags, policyTag(environment, selector.tag));
  if (verdict.taken) return undefined;
  const push = pushes.find(({ route, tag }) => route === name && tag === selector.tag);
  const text = `${name}: tag ${selector.tag} ${push ? 'was pushed, and is' : 'is'} not taken in ${asked}: ${verdict.reason}`;
  return { text, ...(push && { at: push.at }), never: { isMovingTag: isMovingTag(selector.tag) } };
}

function isAskedTag({ tag }: Pick<MissedPush, 'tag'>, { selector }: Gate['question']): boolean {
  return selector.kind === 'tag' && selector.tag === tag;
}

function describePush(
  { kind, tag, route = '', environment = '', reason, at, seenAt }: MissedPush,
  question: Gate['question'],
): Seen {
  if (kind !== 'ignored') {
    return { text: `${route}: tag ${tag} was pushed, and is not taken in ${environment}: ${reason}`, at };
  }
  const text = `${route}: tag ${tag} was pushed, and changed nothing in ${environment}: ${reason}`;
  if (!isAskedTag({ tag }, question)) return { text, at };
  return { text, at, never: { since: seenAt ?? at, isMovingTag: isMovingTag(tag) } };
}

function describeUnrouted(
  { kind, image, tag, reason, nearest, at }: MissedPush,
  question: Gate['question'],
): Seen | undefined {
  if (kind !== 'no-route' || !isAskedTag({ tag }, question)) return undefined;
  const hint = nearest === undefined ? '' : `; nearest: ${nearest}`;
  return { text: `${image}:${tag} was pushed, and ${reason}${hint}`, at };
}

/** A first push can still come, but a name with a typo waits for an image that does not exist. */
async function describeUnknown(
  routes: readonly Route[],
  pushes: readonly MissedPush[],
  { hasRecord }: FindSeenDeps,
): Promise<readonly Seen[]> {
  const unpushed = routes.filter(({ image }) => !pushes.some((push) => push.image === image));
  const known = await Promise.all(unpushed.map(({ image }) => hasRecord(image)));
  return unpushed
    .filter((_, index) => known[index] === false)
    .map(({ name, image }) => ({ text: `${name}: no push of ${image} is known so far` }));
}
