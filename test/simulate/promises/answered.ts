import { isReplaced } from '../../../src/lib/model/deployment.ts';
import type { Deployment } from '../../../src/lib/model/deployment.ts';
import type { Stage } from '../pipelines.ts';
import type { Rest, Violation } from '../rest.ts';

/** A record may become healthy while a gate is decided. */
const toleranceMs = 6 * 60_000;
const timeoutMs = 6 * 3_600_000;

/** P9: every gate is completed once, with a result that was true. */
export function answeredViolations(rest: Rest): Violation[] {
  return rest.stages.flatMap((stage) => stageViolations(stage, rest));
}

function stageViolations(stage: Stage, { records, world }: Rest): Violation[] {
  const { place, tag, askedAt, openedAt, calls } = stage;
  const { route, environment } = place;
  if (openedAt === undefined || openedAt > world.timeline.time - timeoutMs - toleranceMs) return [];
  const asked = new Date(askedAt).toISOString();
  const report = (text: string): Violation[] => [
    { promise: 'P9', route, environment, text: `the gate of ${asked} for ${tag} ${text}` },
  ];
  const [taken, ...repeated] = calls;
  if (!taken) return report('was never completed');
  const other = repeated.find(({ succeeded }) => succeeded !== taken.succeeded);
  if (other) return report(`was completed as ${result(taken)}, and then as ${result(other)}`);
  const ofPlace = [...records.values()].filter(
    ({ update }) => update.route === route && update.environment === environment,
  );
  const ofTag = ofPlace
    .filter(({ update, states }) => update.image.tag === tag && Date.parse(states[0]?.at ?? '') <= taken.at)
    .toSorted((a, b) => (a.states[0]?.at ?? '').localeCompare(b.states[0]?.at ?? ''));
  const newest = ofTag.at(-1);
  const at = new Date(taken.at).toISOString();
  if (taken.succeeded) {
    const isTrue = ofPlace.some((record) => isReason(record, stage, taken.at));
    const had = ofTag.map(({ states }) => states.map(({ state }) => state).join(' → ')).join('; ');
    if (!isTrue) return report(`(${stage.onSuperseded}) succeeded at ${at}, and its records were ${had}`);
  } else if (newest && wasHealthyFrom(newest, openedAt, taken.at)) {
    return report(`failed at ${at}, and ${newest.update.id} was healthy`);
  }
  return [];
}

function result({ succeeded }: { readonly succeeded: boolean }): string {
  return succeeded ? 'succeeded' : 'failed';
}

/** Whether a record explains a success: the deployment, or a newer one, was healthy by then. */
function isReason(record: Deployment, { tag, onSuperseded }: Stage, at: number): boolean {
  const { update, states } = record;
  const had = (wanted: string): boolean => states.some((one) => one.state === wanted && Date.parse(one.at) <= at);
  // A tag that moved replaces its record.
  const wasReplaced = had('superseded') || (had('rejected') && isReplaced(record));
  if (update.image.tag === tag) return had('healthy') || (onSuperseded === 'succeed' && wasReplaced);
  return onSuperseded === 'follow' && had('healthy');
}

/** Whether a record was healthy all the time from soon after the opening of a gate until its end. */
function wasHealthyFrom({ states }: Deployment, openedAt: number, until: number): boolean {
  const within = states.filter(({ at }) => Date.parse(at) <= until);
  const since = within.findLastIndex(({ state }) => state !== 'healthy');
  const first = within[since + 1];
  return first !== undefined && Date.parse(first.at) <= openedAt - toleranceMs;
}
