import { ageMs } from '../model/clock.ts';
import type { Clock } from '../model/clock.ts';
import type { HeldMessage, HoldMessages } from '../storage/held-messages.ts';
import { queueNames } from '../storage/queues.ts';
import type { DeploymentFilter, DeploymentIndex } from '../deployments/deployment-index.ts';
import { isReplaced, moveTo } from '../model/deployment.ts';
import type { Deployment } from '../model/deployment.ts';
import { findRecord } from '../deployments/find-record.ts';
import { skipInvalid } from '../deployments/skip-invalid.ts';
import type { DeploymentStore } from '../deployments/store.ts';
import { Failure } from '../model/failure.ts';
import { readAbandoned } from '../work/abandoned.ts';
import { readMessage } from '../work/message-body.ts';
import type { SendWork } from '../work/send-work.ts';
import { sendFirst } from './send-first.ts';
import type { ReplayCursor } from './replay-cursor.ts';
import { overtakenOf, replayOf, tagUpdateSchema } from '../model/tag-update.ts';
import type { ReplayOrder, TagUpdate } from '../model/tag-update.ts';

export interface ReplayDeps {
  readonly store: DeploymentStore;
  readonly index: DeploymentIndex;
  readonly send: SendWork;
  readonly hold: HoldMessages;
  readonly now: Clock;
}

/** The updates that a replay of all includes. */
export type ReplayFilter = Pick<DeploymentFilter, 'route' | 'environment'>;

/** The updates and messages that a replay has queued. */
export interface Replayed {
  readonly updates: readonly TagUpdate[];
  /** Messages that are not tag updates: registry events and unreadable ones. */
  readonly messages: number;
  /** The cursor for the next call; absent at the end. */
  readonly next?: ReplayCursor;
}

const pageSize = 100;

/**
 * Queues an update again, as a job of its own that ignores the mark. While that job waits, another call queues the same
 * job.
 *
 * @param order who ordered it and why, or `from`: the only tag that the redelivery of an overtaken update may replace
 * @returns the replay, or `undefined` where no update has this id
 * @throws {Failure} `storage-unavailable`: ask again
 */
export async function replayOne(
  id: string,
  { index, store, send, now }: Omit<ReplayDeps, 'hold'>,
  order: ReplayOrder | { readonly from: string } = {},
): Promise<TagUpdate | undefined> {
  const record = await index.findById(id);
  if (!record) return undefined;
  for (let number = 1; ; number += 1) {
    const { update } = record;
    const replay = 'from' in order ? overtakenOf(update, number, order.from) : replayOf(update, number, order);
    const known = await store.find(replay);
    if (known && known.state !== 'queued') continue;
    await sendFirst(replay, record.repository ?? '', { store, send, now });
    return replay;
  }
}

/**
 * Queues abandoned and rejected updates again, unchanged, and abandoned messages too. They do not bypass the mark. Each is
 * sent before it is removed, so after an interruption it may be sent twice, which has the effect of once.
 *
 * @param from the cursor of an earlier call
 * @throws {Failure} `storage-unavailable`: ask again
 */
export async function replayAll(
  filter: ReplayFilter,
  from: ReplayCursor | undefined,
  deps: ReplayDeps,
): Promise<Replayed> {
  const cursor = from ?? { stage: 'messages', since: deps.now().toISOString() };
  return cursor.stage === 'messages' ? replayMessages(filter, cursor, deps) : replayRecords(filter, cursor, deps);
}

async function replayRecords(filter: ReplayFilter, cursor: ReplayCursor, deps: ReplayDeps): Promise<Replayed> {
  const state = cursor.stage === 'rejected' ? 'rejected' : 'abandoned';
  const { deployments, next } = await deps.index.list(
    { ...filter, state },
    { limit: pageSize, ...(cursor.after === undefined ? {} : { after: cursor.after }) },
  );
  // An update whose pull request a person has closed, or whose tag was moved, is replayed only by its id.
  const again = deployments.filter((record) => record.code !== 'pull-request-closed' && !isReplaced(record));
  await Promise.all(again.map((deployment) => skipInvalid(queueAgain(deployment.update, deployment, deps))));
  const further = nextOf(cursor, next);
  return {
    updates: again.map(({ update }) => update),
    messages: 0,
    ...(further && { next: further }),
  };
}

function nextOf({ stage, since }: ReplayCursor, after: string | undefined): ReplayCursor | undefined {
  if (after !== undefined) return { stage, since, after };
  return stage === 'rejected' ? undefined : { stage: 'rejected', since };
}

async function replayMessages(filter: ReplayFilter, cursor: ReplayCursor, deps: ReplayDeps): Promise<Replayed> {
  const held = await holdPage(deps);
  let failure: Failure | undefined;
  const done = await Promise.all(
    held.map(async (message) => {
      try {
        return await replayMessage(message, filter, cursor.since, deps);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        failure = error;
        return 'left';
      }
    }),
  );
  const updates = done.flatMap((one) => (typeof one === 'object' ? [one] : []));
  const messages = done.filter((one) => one === 'message').length;
  const hasMore = held.length >= pageSize;
  // Those left are shown at the end only: else the next call would meet them again, and never what is behind them.
  if (!hasMore || failure)
    await Promise.all(held.filter((_, index) => done[index] === 'left').map(({ release }) => release()));
  if (failure) throw failure;
  return { updates, messages, next: hasMore ? cursor : { stage: 'abandoned', since: cursor.since } };
}

async function holdPage({ hold }: Pick<ReplayDeps, 'hold'>): Promise<readonly HeldMessage[]> {
  const held: HeldMessage[] = [];
  try {
    while (held.length < pageSize) {
      const more = await hold(queueNames.abandoned);
      held.push(...more);
      if (more.length === 0) break;
    }
    return held;
  } catch (error) {
    // The next call finds them.
    await Promise.allSettled(held.map(({ release }) => release()));
    throw error;
  }
}

async function replayMessage(
  { text, remove }: HeldMessage,
  { route, environment }: ReplayFilter,
  since: string,
  deps: ReplayDeps,
): Promise<TagUpdate | 'message' | 'left'> {
  const abandoned = readAbandoned(readMessage(text));
  if (!abandoned) return 'left';
  // Abandoned after the replay began: it has been tried again. A time ahead is from a foreign clock.
  const isKnown = ageMs(abandoned.at, deps.now()) !== Infinity;
  if (isKnown && abandoned.at >= since) return 'left';
  const [job, ...others] = abandoned.jobs;
  const parsed = job?.kind === 'tag-update' ? tagUpdateSchema.safeParse(job.body) : undefined;
  if (parsed?.success !== true) {
    // The route is unknown.
    if (route !== undefined || environment !== undefined) return 'left';
    for (const one of job ? [job, ...others] : []) await deps.send(one);
    await remove();
    return 'message';
  }
  const update = parsed.data;
  const isMeant =
    (route ?? update.route) === update.route && (environment ?? update.environment) === update.environment;
  if (!isMeant) return 'left';
  const record = await findRecord(update, deps.store);
  // The row has to be repaired first: a worker could record nothing.
  if (record === 'unknown') return 'left';
  await queueAgain(update, record, deps);
  await remove();
  return update;
}

/** Sends first: each record in state `queued` has a message. A state that a worker has recorded since then stays. */
async function queueAgain(
  update: TagUpdate,
  seen: Deployment | undefined,
  { send, store, now }: ReplayDeps,
): Promise<void> {
  await send({ kind: 'tag-update', body: update });
  await store.update(update, (current) => {
    const isWaiting = current?.state === 'abandoned' || current?.state === 'rejected';
    return current && isWaiting && current.updatedAt === seen?.updatedAt
      ? moveTo(current, 'queued', {}, now())
      : undefined;
  });
}
