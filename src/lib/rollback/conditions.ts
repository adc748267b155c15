import type { Deployment } from '../model/deployment.ts';
import { isState } from '../model/deployment-states.ts';
import { isRollback } from '../model/tag-update.ts';
import type { Commit } from '../git/repository.ts';
import type { SyncFacts } from '../settling/sync-facts.ts';

/** Why a condition of an automatic rollback is not met; `undefined` if it is. */
type Reason = string | undefined;

/** The deployment has recovered, or ended otherwise, by now. */
export function reread({ state }: Deployment): Reason {
  if (state === 'healthy') return 'it is healthy by now';
  return isState(state, 'settling') && isState(state, 'failing') ? undefined : `it is ${state} by now`;
}

/** A rollback triggers none. */
export function norb({ update }: Deployment): Reason {
  return isRollback(update) ? 'it is a rollback itself' : undefined;
}

/** The file at the tip holds the value of the deployment. */
export function tipval(held: 'own' | 'other' | undefined): Reason {
  return held === 'own' ? undefined : 'the files hold another value by now';
}

/** The commit of the deployment itself put the value there. */
export function putby(isOwn: boolean, commit: string): Reason {
  return isOwn ? undefined : `the commit ${commit.slice(0, 10)} put the value there, and not this deployment`;
}

/** Only commits of tagrelay changed the application since it was healthy. */
export function own(foreign: Pick<Commit, 'commit' | 'message'> | undefined): Reason {
  if (!foreign) return undefined;
  const [subject = ''] = foreign.message.split('\n');
  return `the commit ${foreign.commit.slice(0, 10)} (${subject.slice(0, 80)}) is not by tagrelay and changed the application since it was healthy`;
}

/** The last result of an application before the deployment was Healthy. */
export function blame(application: string, before: string | undefined): Reason {
  if (before === undefined) return `no result of ${application} before it is known`;
  return before === 'Healthy' ? undefined : `${application} was ${before} before it`;
}

/** A shared application blames the deployment by name. @param isBlamed whether a failing resource runs its image */
export function blamedByName(application: string, isShared: boolean, isBlamed: boolean): Reason {
  return isShared && !isBlamed
    ? `several routes share ${application}, and none of its failing resources is known to run this image`
    : undefined;
}

/** When an application began to fail; `running` while an operation runs, `over` if it does not fail now. */
export type Failing = { readonly since: number } | 'running' | 'over';

const failedPhases: ReadonlySet<string> = new Set(['Failed', 'Error']);

export function failingOf({ operation, health, healthSince, comparisonError, reconciledAt }: SyncFacts): Failing {
  if (operation?.phase === 'Running' || operation?.phase === 'Terminating') return 'running';
  const ended = operation?.finishedAt ?? operation?.startedAt;
  if (operation && failedPhases.has(operation.phase)) return { since: time(ended) };
  if (comparisonError) return { since: time(comparisonError.since ?? reconciledAt) };
  if (health === 'Degraded') return { since: Math.max(time(healthSince ?? reconciledAt), time(ended)) };
  return 'over';
}

function time(text: string | undefined): number {
  return text === undefined ? 0 : Date.parse(text);
}

export interface Wait {
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

const minuteMs = 60_000;
const longestWaitMs = 60 * minuteMs;

/** The failure has lasted `failureAfter`, and no operation runs; else when to look again. */
export function grace(application: string, failing: Failing, failureAfterMs: number, now: number): Wait | undefined {
  const later = now + Math.min(Math.max(failureAfterMs, minuteMs), longestWaitMs);
  if (failing === 'running') return { reason: `an operation of ${application} is running`, until: later };
  if (failing === 'over')
    return { reason: `${application} is neither failed nor degraded now, nor healthy`, until: later };
  const until = failing.since + failureAfterMs;
  if (until <= now) return undefined;
  return { reason: `${application} may recover`, until: Math.min(until, now + longestWaitMs) };
}
