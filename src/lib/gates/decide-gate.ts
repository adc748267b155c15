import { isState } from '../model/deployment-states.ts';
import { isReplaced } from '../model/deployment.ts';
import type { Deployment } from '../model/deployment.ts';
import { runsWithout } from '../settling/apply-progress.ts';
import { isRouteName } from './concerns.ts';
import type { Gate } from './gate.ts';
import type { Seen } from './seen.ts';

/** A deployment that a gate waits for. */
export interface Awaited {
  readonly deployment: Deployment;
  /** Without an application, `committed` is the end. */
  readonly hasApplication: boolean;
  /** The newest deployment of its route and environment, if this one is superseded. */
  readonly newer?: { readonly deployment: Deployment; readonly hasApplication: boolean };
  /** A push is in progress that can supersede it. */
  readonly mayHaveNewer?: boolean;
}

export type GateDecision =
  | { readonly kind: 'decided'; readonly succeeded: boolean; readonly text: string }
  /** Undecided. The next evaluation is due at this time, in milliseconds since 1970. */
  | { readonly kind: 'waits'; readonly until: number };

type Verdict = { readonly ends: 'succeeded' | 'failed'; readonly text: string } | undefined;

/** Without names and count, a gate is decided when no deployment has appeared for this time. */
export const quietMs = 60_000;
/** A deployment that began this long before the gate can be that of an earlier run. */
const earlierMs = 5 * 60_000;
/** While a push is in progress, the gate is evaluated every minute. */
const pushMs = 60_000;

/**
 * Decides a gate by its deployments. It fails at the first failed one, and succeeds when each required deployment has
 * succeeded, or at a named one that cannot appear. At `endsAt` it fails with the missing and unfinished ones.
 *
 * @param now milliseconds since 1970
 */
export function decideGate(
  { question, openedAt, endsAt, foundAt = openedAt }: Pick<Gate, 'question' | 'openedAt' | 'endsAt' | 'foundAt'>,
  awaited: readonly Awaited[],
  now: number,
  seen: readonly Seen[] = [],
): GateDecision {
  const end = Date.parse(endsAt);
  const repeatedUntil = Math.min(Date.parse(openedAt) + quietMs, end);
  const isOpen = (one: Awaited): boolean => now < repeatedUntil && isEarlier(one, openedAt);
  const verdicts = awaited.map((one) => (isOpen(one) ? undefined : verdictOf(one, question)));
  const failed = verdicts.find((verdict) => verdict?.ends === 'failed');
  if (failed) return { kind: 'decided', succeeded: false, text: failed.text };
  const never = neverOf(seen, question, openedAt);
  const over = never.find(({ from }) => from <= now);
  if (over) return { kind: 'decided', succeeded: false, text: over.text };
  const missing = missingOf(question, awaited);
  const isDone = awaited.length > 0 && missing === undefined && verdicts.every((verdict) => verdict !== undefined);
  const quietAt = quietFrom(question, awaited, foundAt);
  if (isDone && quietAt <= now) {
    return { kind: 'decided', succeeded: true, text: listed(verdicts.flatMap((verdict) => verdict?.text ?? [])) };
  }
  if (end <= now) {
    const open = awaited.flatMap(({ deployment }, index) => (verdicts[index] ? [] : [unfinished(deployment)]));
    const why = missing ?? (open.length > 0 ? `unfinished: ${listed(open)}` : 'no deployment was found');
    return { kind: 'decided', succeeded: false, text: `no result in time: ${why}` };
  }
  const times = [
    ...(isDone ? [quietAt] : []),
    ...(awaited.some(isOpen) ? [repeatedUntil] : []),
    ...never.map(({ from }) => from),
    // A push that did not land changes no record, so no message triggers an evaluation.
    ...(awaited.some(({ mayHaveNewer }) => mayHaveNewer) ? [now + pushMs] : []),
  ];
  return { kind: 'waits', until: Math.min(...times, end) };
}

/**
 * Whether a deployment began so long before the gate that it can be that of an earlier run. A run that pushes the same
 * tag, build or source commit again gets a record of its own, which can appear after the gate.
 */
function isEarlier({ deployment }: Awaited, openedAt: string): boolean {
  const began = deployment.states[0]?.at;
  return began !== undefined && Date.parse(began) < Date.parse(openedAt) - earlierMs;
}

/**
 * The facts by which a named route gets no deployment, with the time from which each counts. A delivery from before the
 * gate counts after 60 s, so that the push of a repeated run can appear; that of a moving tag never counts. A route that
 * left counts after 60 s, when every instance has read the routes again.
 */
function neverOf(
  seen: readonly Seen[],
  { count }: Gate['question'],
  openedAt: string,
): readonly { readonly from: number; readonly text: string }[] {
  // With a count, other routes can make up for it.
  if (count !== undefined) return [];
  const opened = Date.parse(openedAt);
  return seen.flatMap(({ text, never }) => {
    if (!never) return [];
    const isEarly = never.since !== undefined && Date.parse(never.since) < opened - earlierMs;
    if (isEarly && never.isMovingTag) return [];
    return [{ text, from: isEarly || never.isGone === true ? opened + quietMs : opened }];
  });
}

/** The missing deployments, as text. */
function missingOf({ routes = [], count }: Gate['question'], awaited: readonly Awaited[]): string | undefined {
  if (count !== undefined) {
    return awaited.length < count ? `${awaited.length} of ${count} deployments have appeared` : undefined;
  }
  const there = new Set(awaited.map(({ deployment }) => deployment.update.route));
  const missing = routes.filter((route) => isRouteName(route) && !there.has(route));
  return missing.length > 0 ? `no deployment of ${listed(missing)} has appeared` : undefined;
}

/** The time from which no more deployments are expected; 0 if names or a count define the required ones. */
function quietFrom({ routes, count }: Gate['question'], awaited: readonly Awaited[], foundAt: string): number {
  if (count !== undefined || routes?.every(isRouteName) === true) return 0;
  const times = awaited.map(({ deployment }) => Date.parse(deployment.states[0]?.at ?? foundAt));
  // A record can begin long before its build becomes known.
  return Math.max(Date.parse(foundAt), ...times) + quietMs;
}

function verdictOf({ deployment, hasApplication, newer, mayHaveNewer }: Awaited, question: Gate['question']): Verdict {
  const name = nameOf(deployment);
  if (!isReplaced(deployment)) return ownVerdict(deployment, hasApplication, name, question);
  const why = deployment.reason === undefined ? '' : `: ${deployment.reason}`;
  if (question.onSuperseded === 'succeed') return { ends: 'succeeded', text: `${name} was superseded${why}` };
  if (question.onSuperseded === 'follow' && mayHaveNewer) return undefined;
  if (question.onSuperseded === 'fail' || !newer) return { ends: 'failed', text: `${name} was superseded${why}` };
  return ownVerdict(
    newer.deployment,
    newer.hasApplication,
    `${name}, superseded by ${newer.deployment.update.image.tag},`,
    question,
  );
}

function ownVerdict(
  deployment: Deployment,
  hasApplication: boolean,
  name: string,
  { requireImage }: Gate['question'],
): Verdict {
  const { state, reason, warning, commit, progress = {} } = deployment;
  const why = reason === undefined ? '' : `: ${reason}`;
  if (state === 'healthy') {
    // A warning that an application is OutOfSync does not concern its image.
    const isOutOfSync = Object.values(progress).some(({ outOfSync }) => outOfSync === true);
    const lacksImage = warning !== undefined && (!isOutOfSync || runsWithout(deployment));
    if (requireImage && lacksImage) return { ends: 'failed', text: `${name} is healthy, but: ${warning}` };
    return { ends: 'succeeded', text: `${name} is healthy${warning === undefined ? '' : ` (${warning})`}` };
  }
  if (state === 'committed') {
    return hasApplication ? undefined : { ends: 'succeeded', text: `${name} is committed as ${commit ?? ''}` };
  }
  if (isReplaced(deployment)) return { ends: 'failed', text: `${name} was superseded${why}` };
  return isState(state, 'failing') ? { ends: 'failed', text: `${name} is ${state}${why}` } : undefined;
}

function unfinished(deployment: Deployment): string {
  const { state, reason } = deployment;
  return `${nameOf(deployment)} is ${state}${reason === undefined ? '' : `: ${reason}`}`;
}

function nameOf({ update: { route, environment, image } }: Deployment): string {
  return `${route} ${image.tag} in ${environment}`;
}

function listed(texts: readonly string[]): string {
  const shown = texts.slice(0, 10);
  return texts.length > shown.length ? `${shown.join('; ')} and ${texts.length - shown.length} more` : shown.join('; ');
}
