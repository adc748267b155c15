import type { Reply } from '../server/reply.ts';
import type { FaultAction } from './fault.ts';
import { faultReply, rateLimitHeaders } from './fault-reply.ts';

/** The connection breaks instead of an answer. */
export const dropped = Symbol('dropped');

interface FaultContext {
  readonly now: () => Date;
  /** Of the resource that is asked for. */
  readonly area: string | undefined;
  /** Deletes the branch that the request pushes to, as somebody else would. */
  readonly deleteBranch: () => Promise<void>;
  /** @returns false if the emulator was closed meanwhile */
  readonly delay: (milliseconds: number) => Promise<boolean>;
}

/** Answers a request with the faults that strike it; the first that answers by itself keeps the resource out. */
export async function runWithFaults(
  actions: readonly FaultAction[],
  { now, area, deleteBranch, delay }: FaultContext,
  answer: () => Promise<Reply>,
): Promise<Reply | typeof dropped> {
  let headers: Record<string, string> = {};
  let isLost = false;
  for (const action of actions) {
    const reply = faultReply(action, now(), area);
    if (reply !== undefined) return reply;
    if (action.kind === 'latency' && !(await delay(action.milliseconds))) return dropped;
    if (action.kind === 'delayed') headers = rateLimitHeaders(action.retryAfterSeconds, false, now());
    if (action.kind === 'branch-vanishes') await deleteBranch();
    if (action.kind === 'drop' && action.when === 'before') return dropped;
    if (action.kind === 'drop') isLost = true;
  }
  const reply = await answer();
  return isLost ? dropped : { ...reply, headers: { ...reply.headers, ...headers } };
}
